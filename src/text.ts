/** Printable ASCII with single spaces between words. Most names match and need no processing. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/

/**
 * Characters that are invisible, or that move or hide neighbouring text: controls, bidi marks and overrides, zero-width
 * characters, fillers, broken surrogates. Excludes variation selectors, which only select a glyph.
 */
const UNSEEN = /(?![\uFE00-\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** More than four combining marks on a letter, which no script uses and which cover adjacent lines. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu

/**
 * Sanitizes untrusted text: one line of at most `max` characters. White space becomes single spaces, invisible characters
 * become U+FFFD, and longer text ends in an ellipsis. The result is not escaped: HTML, labels and JSON have their own escaping.
 */
export function oneLine(text: string, max: number): string {
  if (text.length <= max && PLAIN.test(text)) return text
  // Long texts are truncated first to save time; four times the length leaves room for indentation.
  const line = text
    .slice(0, 4 * max)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(UNSEEN, '\uFFFD')
    .replace(PILED_MARKS, '$1')
  const characters = Array.from(line)
  return characters.length > max || text.length > 4 * max ? `${characters.slice(0, max - 1).join('')}…` : line
}

/** Maximum number of characters of an untrusted name. */
const LONGEST_NAME = 128

/** Sanitizes an untrusted name (of a subnet, coldkey or node): see oneLine. */
export const nameOf = (text: string): string => oneLine(text, LONGEST_NAME)
