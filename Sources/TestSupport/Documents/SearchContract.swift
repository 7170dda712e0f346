package import Domain

/// Stores of one implementation that work on the same data, empty.
package struct DocumentStores: Sendable {
    package var files: any FileStore
    package var jobs: any IngestionStore
    package var documents: any DocumentStore
    package var knowledge: any KnowledgeStore
    package var collections: any CollectionStore
    package var vectors: any VectorStore
    package var search: any PassageSearch
    /// After vectors were added to passages that the search already knows.
    package var vectorsChanged: @Sendable () async -> Void

    package init(
        files: any FileStore, jobs: any IngestionStore, documents: any DocumentStore, knowledge: any KnowledgeStore,
        collections: any CollectionStore, vectors: any VectorStore, search: any PassageSearch, vectorsChanged: @escaping @Sendable () async -> Void
    ) {
        self.files = files
        self.jobs = jobs
        self.documents = documents
        self.knowledge = knowledge
        self.collections = collections
        self.vectors = vectors
        self.search = search
        self.vectorsChanged = vectorsChanged
    }

    static let encoder = EmbedderIdentity(engine: "", model: "first", dimension: 3)

    /// A file with these passages, all of the same direction.
    /// - Returns: the file's id and its document's.
    func file(_ name: String, owner: String, _ passages: [String], direction: [Float], isFinished: Bool = true) async throws -> (
        id: String, document: Int64
    ) {
        let file = File(
            userID: owner, filename: name, contentType: "text/plain", size: 1, fileHash: "h-" + name, state: .pending, metadata: ["m": .string(name)])
        try await files.insert(file)
        _ = try await jobs.enqueue(file.id)
        _ = try await jobs.begin(file.id)
        let document = try await document(for: .file(id: file.id), key: name, passages, direction: direction, isFinished: isFinished)
        if isFinished { _ = try await jobs.complete(file.id, isEmbedded: true) }
        return (file.id, document)
    }

    func document(
        for holder: DocumentHolder, key: String, _ passages: [String], direction: [Float], isFinished: Bool = true
    ) async throws -> Int64 {
        let draft = try await documents.draft(for: holder)
        try await documents.appendText(DocumentPiece(text: passages.joined(separator: "\n"), outline: []), to: draft)
        let document = try await documents.claim(draft, for: holder, key: key, contentHash: "c-" + key)
        let drafts = passages.map { ChunkDraft(text: $0, indexText: $0, startIndex: 0) }
        try await documents.append(
            drafts, vectors: [PassageVectors(embedder: Self.encoder, vectors: passages.map { _ in direction })], to: document.id)
        if isFinished { try await documents.finish(document.id) }
        return document.id
    }
}

/// What every `CollectionStore` must do.
package enum CollectionStoreContract {
    /// - Returns: the statements that do not hold.
    package static func violations(of stores: DocumentStores) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let store = stores.collections
        let a = try await stores.file("a", owner: "u", ["alpha"], direction: [1, 0, 0])
        let b = try await stores.file("b", owner: "v", ["beta"], direction: [0, 1, 0])
        let half = try await stores.file("half", owner: "u", ["half"], direction: [0, 0, 1], isFinished: false)
        let base = KnowledgeBase(userID: "u", name: "k", description: "")
        try await stores.knowledge.insert(base)
        try await stores.knowledge.add(fileIDs: [b.id, a.id, half.id], to: base.id, directoryID: nil)
        func entry(_ name: String, _ title: String) -> TextCollectionEntry {
            TextCollectionEntry(name: name, userID: "u", title: title, metadata: ["source": "s"])
        }
        let text = try await stores.document(for: .collection(entry("t", "Text")), key: "t", ["gamma"], direction: [1, 0, 0])
        let noted = try await stores.document(for: .collection(entry(base.id, "Note")), key: "n", ["delta"], direction: [1, 0, 0])

        expect("a file's collection is its document", try await store.documents(in: [.file(a.id)]) == [a.document])
        expect("what is not whole is in no collection", try await store.documents(in: [.file(half.id), .owner("u")]) == [a.document])
        expect(
            "a knowledge base has its files and its texts", try await store.documents(in: [.knowledge(base.id)]) == [a.document, b.document, noted])
        expect("a named text is a collection", try await store.documents(in: [.text("t")]) == [text])
        expect("an owner has the own files only", try await store.documents(in: [.owner("v")]) == [b.document])
        expect("unknown names are empty", try await store.documents(in: [.file("x"), .knowledge("x"), .text("x"), .owner("x")]).isEmpty)
        expect("no collection, no document", try await store.documents(in: []).isEmpty)
        let contents = try await store.contents(of: [.knowledge(base.id), .file(a.id)])
        expect("contents come once, in the order in which they were added", contents.map(\.documentID) == [b.document, a.document, noted])
        let citation = try await store.citations(of: [a.document], in: [.file(a.id)])[a.document]
        expect(
            "a citation says which file it is",
            citation?.fileID == a.id && citation?.name == "a" && citation?.ownerID == "u" && citation?.fileHash == "h-a")
        expect("a citation has what came with the upload", citation?.metadata == ["m": "a"])
        let note = try await store.citations(of: [noted], in: [.knowledge(base.id)])[noted]
        expect("a text is cited by its title", note?.fileID == nil && note?.name == "Note" && note?.metadata == ["source": "s"])
        expect("nothing is cited out of a collection that does not have it", try await store.citations(of: [b.document], in: [.file(a.id)]).isEmpty)
        expect("the owners of a text are known", try await store.textOwners(of: "t") == ["u"])
        expect("an unknown name has no owners", try await store.textOwners(of: "x").isEmpty)

        _ = try await stores.knowledge.remove(fileID: b.id, from: base.id)
        expect("what is taken out is gone at once", try await store.documents(in: [.knowledge(base.id)]) == [a.document, noted])
        _ = try await stores.files.delete(a.id)
        expect(
            "what is deleted is gone everywhere at once", try await store.documents(in: [.knowledge(base.id), .file(a.id), .owner("u")]) == [noted])
        expect("its document goes with it", try await stores.documents.find(a.document) == nil)
        expect("texts of a name are deleted once", try await store.deleteTexts(of: "t"))
        expect("and then there are none", try await !store.deleteTexts(of: "t"))
        expect("its document goes, too", try await stores.documents.find(text) == nil)
        try await store.deleteAllTexts()
        expect("all texts can go", try await store.documents(in: [.knowledge(base.id)]).isEmpty)
        try await store.dropAllPassages()
        expect("without passages nothing is searchable", try await store.documents(in: [.file(b.id)]).isEmpty)
        expect("the text of a file stays", try await stores.documents.text(of: b.document) == "beta")
        return violations
    }
}

/// What every `PassageSearch` must do.
package enum PassageSearchContract {
    /// - Returns: the statements that do not hold.
    package static func violations(of stores: DocumentStores) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let search = stores.search
        let key = DocumentStores.encoder.key
        let near = try await stores.file("near", owner: "u", ["The harbour ledger HX-2291-C", "Another harbour"], direction: [1, 0, 0])
        let far = try await stores.file("far", owner: "u", ["분기 보고서의 매출"], direction: [0, 1, 0])
        let all: Set = [near.document, far.document]

        let matches = try await search.nearest(to: [1, 0, 0], embedder: key, in: all, limit: 10)
        expect(
            "the nearest come first, equals by id", matches.count == 3 && matches.map(\.id) == matches.prefix(2).map(\.id).sorted() + [matches[2].id])
        expect("the score is the cosine", matches.count == 3 && abs(matches[0].cosine - 1) < 0.01 && abs(matches[2].cosine) < 0.01)
        expect("a limit holds", try await search.nearest(to: [1, 0, 0], embedder: key, in: all, limit: 1).count == 1)
        expect(
            "only the documents that are named are looked at",
            try await search.nearest(to: [1, 0, 0], embedder: key, in: [far.document], limit: 10).count == 1)
        expect("no document, no passage", try await search.nearest(to: [1, 0, 0], embedder: key, in: [], limit: 10).isEmpty)
        expect("other encoders are other worlds", try await search.nearest(to: [1, 0, 0], embedder: "local:x", in: all, limit: 10).isEmpty)
        let cosines = try await search.cosines(of: matches.map(\.id) + [999_999], to: [0, 1, 0], embedder: key)
        expect(
            "cosines of given passages; unknown ones are absent",
            cosines.count == 3 && cosines[matches.last?.id ?? 0].map { abs($0 - 1) < 0.01 } == true)

        func words(_ query: String, in documents: Set<Int64>? = nil) async throws -> [KeywordMatch] {
            try await search.matching(query, in: documents ?? all, limit: 10)
        }
        expect("words find", try await words("harbour").count == 2)
        expect("the rarer word decides", try await words("harbour ledger").first?.coverage ?? 0 > 0.9)
        expect("a code is found whole", try await words("HX-2291-C").count == 1)
        expect("a part of a code is found", try await words("2291").count == 1)
        expect("Korean is found inside of words", try await words("보고서").count == 1)
        expect("full-width letters are the same", try await words("ＨＡＲＢＯＵＲ").count == 2)
        expect("the terms that agree are named", try await words("매출").first?.terms.isEmpty == false)
        expect("words look at named documents only", try await words("harbour", in: [far.document]).isEmpty)
        for nonsense in ["", "  ", "\"' OR * NEAR(", "zzzz"] {
            expect("\(nonsense) finds nothing and breaks nothing", try await words(nonsense).isEmpty)
        }

        let late = try await stores.file("late", owner: "u", ["a late harbour"], direction: [1, 0, 0])
        expect("what comes later is found at once", try await search.nearest(to: [1, 0, 0], embedder: key, in: [late.document], limit: 5).count == 1)
        expect("by words, too", try await words("harbour", in: [late.document]).count == 1)
        _ = try await stores.files.delete(near.id)
        expect("what is deleted is not found", try await search.nearest(to: [1, 0, 0], embedder: key, in: all, limit: 10).count == 1)
        expect("not by words either", try await words("ledger").isEmpty)
        return violations
    }
}

/// What every `VectorStore` must do.
package enum VectorStoreContract {
    /// - Returns: the statements that do not hold.
    package static func violations(of stores: DocumentStores) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let store = stores.vectors
        let second = EmbedderIdentity(engine: "openai", model: "a:b", dimension: 2)
        expect("an empty store has no encoders", try await store.embedders().isEmpty)
        expect("nothing is missing where nothing is", try await store.coverage(of: second.key) == (0, 0))
        let file = try await stores.file("f", owner: "u", ["one", "two", "three"], direction: [1, 0, 0])
        expect("the encoder of ingest is known", try await store.embedders() == [DocumentStores.encoder])
        expect("it misses nothing", try await store.coverage(of: DocumentStores.encoder.key) == (3, 0))
        expect("another misses everything", try await store.coverage(of: second.key) == (3, 3))
        let missing = try await store.missing(second.key, after: 0, limit: 2)
        expect("what is missing comes by id with its text", missing.map(\.text) == ["one", "two"])
        let rest = try await store.missing(second.key, after: missing.last?.id ?? 0, limit: 5)
        expect("and goes on after an id", rest.map(\.text) == ["three"])
        try await store.insert(missing.map { ($0.id, [1, 0]) } + [(999_999, [1, 0])], embedder: second)
        expect("vectors of passages that are gone are left out", try await store.coverage(of: second.key) == (3, 1))
        try await store.insert([(missing[0].id, [0, 1])], embedder: second)
        expect("a vector takes the place of the one before", try await store.coverage(of: second.key) == (3, 1))
        try await store.insert(rest.map { ($0.id, [1, 0]) }, embedder: second)
        expect("then nothing is missing", try await store.missing(second.key, after: 0, limit: 5).isEmpty)
        expect("identities come back as they were", try await Set(store.embedders()) == [DocumentStores.encoder, second])
        await stores.vectorsChanged()
        let found = try await stores.search.nearest(to: [0, 1], embedder: second.key, in: [file.document], limit: 1)
        expect("a search uses the new vectors", found.first?.id == missing[0].id)
        var refused = false
        do { try await store.insert([(missing[0].id, [1, 0, 0])], embedder: EmbedderIdentity(engine: "openai", model: "a:b", dimension: 3)) } catch {
            refused = true
        }
        expect("an encoder does not change its length", refused)
        try await store.deleteVectors(except: second.key)
        expect("the others can go", try await store.embedders() == [second])
        _ = try await stores.files.delete(file.id)
        expect("vectors go with their passages", try await store.coverage(of: second.key) == (0, 0))
        expect("and their encoder with them", try await store.embedders().isEmpty)
        return violations
    }
}
