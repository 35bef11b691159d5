import type { Limits, LimitsConfig } from "../bus/limits.ts";
import type { ConversationLookup } from "../messaging/conversation-lookup.ts";
import type { MessageLimit } from "../messaging/send-message.ts";

/**
 * The limits on sending: the general ones and the conversation's own. With all of them off (0), sends
 * cost nothing here; a conversation's own limit counts only while RATE_LIMIT_CONVERSATION_PER_MINUTE is on.
 */
export function createMessageLimit(
  config: LimitsConfig,
  limits: Pick<Limits, "message">,
  conversations: Pick<ConversationLookup, "access">,
): MessageLimit {
  if (config.RATE_LIMIT_CONVERSATION_PER_MINUTE === 0)
    return (userId, conversationId) => limits.message(userId, conversationId);
  return async (userId, conversationId) => {
    const { rateLimit } = await conversations.access(userId, conversationId);
    await limits.message(userId, conversationId, rateLimit);
  };
}
