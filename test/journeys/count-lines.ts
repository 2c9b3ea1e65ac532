/** How many lines a person has to write: those that are neither empty nor a comment. */
export function countLines(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/\*\*|\*)/.test(line)).length;
}
