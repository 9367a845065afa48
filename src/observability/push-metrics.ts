import { Counter, Gauge, type Registry } from '@prometheus-io/client'

/** The metrics of waking devices. */
export const createPushMetrics = (registers: Registry[]) => ({
  pushes: new Counter({
    name: 'backscroll_pushes_total',
    help: 'Wake-ups of devices by service and outcome: sent, gone (the target is dead and was dropped), refused (tried again), unsure (no answer; tried again after the quiet time), cancelled (no longer needed), given_up.',
    labelNames: ['service', 'outcome'] as const,
    registers,
  }),
  pushFailures: new Counter({
    name: 'backscroll_push_failures_total',
    help: 'Wake-ups that failed, by service and by the code that it gave.',
    labelNames: ['service', 'code'] as const,
    registers,
  }),
  pushBacklog: new Gauge({
    name: 'backscroll_push_due',
    help: 'Devices that are due to be woken, over all processes, as this process saw it last.',
    registers,
  }),
  pushAge: new Gauge({
    name: 'backscroll_push_due_age_seconds',
    help: 'How long the device has been due that waits longest, as this process saw it last.',
    registers,
  }),
})
