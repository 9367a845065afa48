import { catalogue } from '../../../scripts/services/catalogue.ts'
import { generateCredentials } from '../../../scripts/services/credentials.ts'
import { dockerAnswers } from '../../../scripts/services/docker.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import { untilReady } from '../../../scripts/services/ready.ts'
import { type EngineName, images } from '../../../scripts/services/versions.ts'

/**
 * Starts an engine in a container of this process's own and waits until it serves; undefined where no Docker engine answers.
 * Testcontainers removes it when this process has ended.
 */
export const startContainer = async (name: EngineName): Promise<string | undefined> => {
  if (!(await dockerAnswers())) return undefined
  const { GenericContainer } = await import('testcontainers')
  const engine = catalogue[name]
  const credentials = generateCredentials()
  // Kafka tells its clients where it is, so its port must be known before it starts.
  const port = await freePort(0)
  const { port: inside, environment, command } = engine.container(port, credentials)
  const container = new GenericContainer(images[name]).withEnvironment(environment)
  container.withExposedPorts({ container: inside, host: port })
  if (command !== undefined) container.withCommand([...command])
  await container.start()
  const url = engine.url(port, credentials)
  await untilReady(
    engine,
    url,
    () => true,
    () => 'its container runs',
  )
  return url
}
