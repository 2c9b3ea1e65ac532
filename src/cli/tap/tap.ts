import { type Clock, createExportClient, type ExportClient, type Providers } from "exportkit";
import { withSignedZeros } from "../../exact/convert-numbers.js";
import { type Output, writeText } from "../output.js";
import { createProgress, type Terminal, verboseLogger } from "../progress.js";
import type { Environment } from "../vendors.js";
import { syncStream } from "./sync-stream.js";
import { discover, selectStreams } from "./tap-catalog.js";
import { readTapCommand } from "./tap-config.js";
import { tapHelpText } from "./tap-help.js";
import { type Bookmarks, bookmarksOf } from "./tap-state.js";

interface TapInvocation {
  readonly environment: Environment;
  readonly stdout: Output;
  readonly stderr: Terminal;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A Singer tap: reads every selected stream and writes its messages, or the catalog of all. */
export async function tap(
  words: readonly string[],
  { environment, stdout, stderr, signal, clock }: TapInvocation,
): Promise<void> {
  const command = await readTapCommand(words, environment);
  if (!command) {
    stdout.write(tapHelpText);
    return;
  }
  const { config, catalog } = command;
  const progress = createProgress(stderr, { quiet: command.quiet });
  const client: ExportClient<Providers> = createExportClient({
    providers: { [config.vendor]: config.provider },
    // Messages are JSON: what a double cannot hold is written by its digits.
    integers: "exact",
    ...(clock && { clock }),
    ...(command.verbose && { logger: verboseLogger(progress) }),
  });
  if (command.discover) {
    stdout.write(`${JSON.stringify(await discover({ client, config }), undefined, 2)}\n`);
    return;
  }
  const streams = await selectStreams({ client, config }, catalog);
  let bookmarks: Bookmarks = bookmarksOf(command.state);
  // Each by itself: what is short goes into a pipe whole, so that a kill leaves no half of a message to the target.
  const write = async (messages: readonly object[]) => {
    for (const message of messages)
      await writeText(`${JSON.stringify(withSignedZeros(message))}\n`, stdout, signal);
  };
  try {
    for (const stream of streams) {
      const { name, shape } = stream;
      await write([{ type: "SCHEMA", stream: name, schema: shape.schema, key_properties: shape.key }]);
      await syncStream({
        client,
        config,
        stream,
        progress,
        signal,
        bookmark: bookmarks[name] ?? {},
        write: (records, bookmark) => {
          bookmarks = { ...bookmarks, [name]: bookmark };
          const current = bookmark.run ? { currently_syncing: name } : {};
          return write([...records, { type: "STATE", value: { bookmarks, ...current } }]);
        },
      });
    }
  } finally {
    progress.end();
  }
}
