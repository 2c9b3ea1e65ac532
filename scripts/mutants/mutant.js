// Copied beside the sources: tells which mutant is the one, and notes which were passed.
const { EXPORTKIT_MUTANT, EXPORTKIT_MUTANTS_PASSED } = globalThis.process?.env ?? {};
const chosen = EXPORTKIT_MUTANT ? Number(EXPORTKIT_MUTANT) : -1;
const seen = new Set();

export function mutant(id) {
  if (EXPORTKIT_MUTANTS_PASSED && !seen.has(id)) {
    seen.add(id);
    process.getBuiltinModule("node:fs").appendFileSync(EXPORTKIT_MUTANTS_PASSED, `${id}\n`);
  }
  return id === chosen;
}
