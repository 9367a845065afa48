/** As pages of `docs` are wrapped. */
const columns = 115

/** A paragraph in lines of at most 115 columns, where its words allow it. */
export const wrapped = (paragraph: string): string =>
  paragraph.split(' ').reduce((text, word) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    return line.length + 1 + word.length > columns ? `${text}\n${word}` : `${text} ${word}`
  })
