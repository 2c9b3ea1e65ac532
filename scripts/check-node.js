// The tools need Node 22; `npm run` finds the one in node_modules/.bin, unless its install script was not allowed to run.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) {
  console.error(
    `This needs Node 22 or newer and runs on ${process.version}.\n` +
      'The project brings its own Node as the development dependency "node", whose install script did not run.\n' +
      "Allow it and install again:  npm rebuild node && npm ci\n" +
      "or use a newer Node of your own.",
  );
  process.exit(1);
}
