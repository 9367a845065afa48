import net from 'node:net'

/**
 * Preloaded into a process (`node --import`): connections to some ports go to others. For what tells its clients itself where it is, as Kafka does, so that
 * no setting can send them another way. `REDIRECTED_PORTS` is a JSON object from port to port.
 */
const ports: Readonly<Record<string, number>> = JSON.parse(process.env.REDIRECTED_PORTS ?? '{}')

const { connect } = net

const redirected = (argument: unknown): unknown =>
  typeof argument === 'object' && argument !== null && 'port' in argument
    ? { ...argument, port: ports[String(argument.port)] ?? argument.port }
    : argument

Object.assign(net, { connect: (...values: unknown[]) => Reflect.apply(connect, net, values.map(redirected)) })
