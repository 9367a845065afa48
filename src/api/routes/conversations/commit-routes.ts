import { bytesOfGroupReset } from '@backscroll/protocol/group-reset'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import { conversationParams } from '@backscroll/protocol/rest/conversations'
import { commit, groupBodyBytes, groupReset } from '@backscroll/protocol/rest/groups'
import type { Commit } from '../../../domain/conversation/groups/group.ts'
import { commandResultOf } from '../../answers/command-result-of.ts'
import { ofCommands, responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { requireActProof } from '../../requests/act-proof.ts'
import { admitting, changeOf } from '../../requests/group-command.ts'
import { actorOf } from '../../requests/request-access.ts'

const tags = ['encryption']

export const commitRoutes = (app: Api, deps: ApiDeps): void => {
  app.post(
    '/conversations/:conversationId/commits',
    {
      bodyLimit: groupBodyBytes,
      schema: {
        tags,
        operationId: 'commitGroup',
        summary: 'Change the encryption group and its members: one commit wins each epoch [E3], [E5]',
        params: conversationParams,
        body: commit,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { conversationId: id } = request.params
      const { clientSeq, afterClientSeq, epoch, upTo, change, ...parts } = request.body
      const numbered = { actor: actorOf(request), clientSeq, afterClientSeq }
      const changed = { type: 'CommitGroup' as const, ...numbered, epoch, upTo, change: changeOf(change) }
      const commandOf = (commit: Commit) => ({ ...changed, commit })
      const admitted = admitting(deps, id, commandOf)
      const { commit, body } = await deps.prepareCommit(id, parts, admitted.admit)
      return commandResultOf(id, await deps.commands.execute(id, admitted.command(commit), body))
    },
  )

  app.post(
    '/conversations/:conversationId/group-reset',
    {
      schema: {
        tags,
        operationId: 'resetGroup',
        summary: 'Reset an encryption group that nobody can use any more: the next commit begins a new one',
        params: conversationParams,
        body: groupReset,
        response: responses(commandResult, ...ofCommands),
      },
    },
    async (request) => {
      const { conversationId: id } = request.params
      const actor = actorOf(request)
      const { generation, clientSeq, proof } = request.body
      const facts = { conversationId: id, generation, clientSeq, ...actor }
      await requireActProof(deps.isDeviceKey, actor, bytesOfGroupReset(facts), proof)
      const command = { type: 'ResetGroup' as const, actor, ...request.body }
      return commandResultOf(id, await deps.commands.execute(id, command, null))
    },
  )
}
