/** Ordinary text: printable ASCII with single spaces between words. Most names are, and need no further look. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/

/**
 * What shows nothing, or moves and hides what stands beside it: controls, bidi marks and overrides, zero-width
 * characters, fillers, broken surrogates. Variation selectors only choose between two looks of the sign before them.
 */
const UNSEEN = /(?![\uFE00-\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Marks piled up on one letter until they cover the lines above it. No script writes more than four. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu

/**
 * Text that strangers chose, made fit to be shown anywhere: one line, in which white space runs are one space, what
 * cannot be seen is U+FFFD, and what is longer than `max` characters ends in an ellipsis. It is not escaped: where it is
 * put into HTML, a label or JSON, that has its own quoting.
 */
export function oneLine(text: string, max: number): string {
  if (text.length <= max && PLAIN.test(text)) return text
  // Long bodies are not worked through for a short line; four times the length leaves room for indentation.
  const line = text
    .slice(0, 4 * max)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(UNSEEN, '\uFFFD')
    .replace(PILED_MARKS, '$1')
  const characters = Array.from(line)
  return characters.length > max || text.length > 4 * max ? `${characters.slice(0, max - 1).join('')}…` : line
}

/** A name somebody gave himself on the chain, or a node gave itself: at most this many characters. */
const LONGEST_NAME = 128

/** A name of strangers, as labels, pages and log lines have it: see oneLine. */
export const nameOf = (text: string): string => oneLine(text, LONGEST_NAME)
