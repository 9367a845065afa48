type Close = () => Promise<void>

/** Opened one after the other; when one of them cannot be, those before it are closed. */
export const createOpening = () => {
  const closes: Close[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closes.splice(0).reverse()) await close()
  }
  const opened = async <Engine extends { close(): Promise<void> }>(opening: Promise<Engine>): Promise<Engine> => {
    const engine = await opening.catch(async (error: unknown) => {
      await closeAll()
      throw error
    })
    closes.push(() => engine.close())
    return engine
  }
  return { opened, closeAll }
}
