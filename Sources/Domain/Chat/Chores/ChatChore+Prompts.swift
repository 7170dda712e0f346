extension ChatChore {
    /// What the model is asked when an admin has written nothing else.
    var template: String {
        switch self {
        case .title:
            """
            Write a title of two to six words for the conversation below, in its language, without quotation marks. Answer with JSON only, \
            in the form {"title": "..."}.

            \(Self.conversation("END:2"))
            """
        case .tags:
            """
            Write one to three general tags and one to three more specific ones for the topics of the conversation below, in its language, \
            each of one or two words. Answer with JSON only, in the form {"tags": ["...", "..."]}.

            \(Self.conversation("END:6"))
            """
        case .followUps:
            """
            Write three short questions that the user could ask next in the conversation below, from the user's point of view and in the \
            language of the conversation. Answer with JSON only, in the form {"follow_ups": ["...", "...", "..."]}.

            \(Self.conversation("END:6"))
            """
        case .queries:
            """
            Write one to three short search queries that would find the passages needed to answer the last message of the \
            conversation below. Keep the language of the conversation. Answer with JSON only, in the form {"queries": ["..."]}; \
            answer {"queries": []} when nothing needs to be looked up.

            \(Self.conversation("END:6"))
            """
        case .completion:
            """
            Somebody is typing the text below{{TYPE}}. Write how it most likely goes on: a few words, in its language, without repeating \
            what is there. Answer with JSON only, in the form {"text": "..."}; answer {"text": ""} when nothing suggests itself.

            \(Self.conversation("END:6"))

            <text>
            {{prompt}}
            </text>
            """
        case .emoji:
            """
            Answer with the one emoji that fits the text below best, and with nothing else.

            <text>
            {{prompt:middletruncate:2000}}
            </text>
            """
        case .imagePrompt:
            """
            Describe the picture that the conversation below asks for, so that a program that paints can do it: subject, surroundings, light, \
            style. Answer with JSON only, in the form {"prompt": "..."}.

            \(Self.conversation("END:6"))
            """
        case .mixture:
            """
            Several models have answered the question below. Put together one answer that keeps what is right in theirs, leaves out what is \
            wrong or said twice, and is in the language of the question. Do not speak of the models.

            <question>
            {{prompt}}
            </question>

            <answers>
            {{responses}}
            </answers>
            """
        }
    }

    private static func conversation(_ part: String) -> String { "<conversation>\n{{MESSAGES:\(part)}}\n</conversation>" }
}
