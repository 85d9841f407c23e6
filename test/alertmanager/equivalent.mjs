/** Mutants that no test can tell from the rule, or that none should, by their label in mutate.mjs, each with the reason. */
export const EQUIVALENT = []
