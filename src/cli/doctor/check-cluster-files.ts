import { checkBucket } from '../../adapters/minio/check-bucket.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { type Finding, fine, wrong } from './check.ts'

/** The bucket of a cluster: whether it is there, and takes uploaded files. */
export const checkClusterFiles = async ({ cluster }: ClusterConfig): Promise<Finding> => {
  try {
    return fine('files', await checkBucket(cluster.engines.s3))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return wrong('files', error.message)
  }
}
