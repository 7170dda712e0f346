import CXML2
import Domain

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads XML from front to back without building a tree. Nothing is loaded from anywhere, entities are not expanded,
/// document type declarations are refused, nesting is limited.
final class XMLPullReader {
    enum Node: Hashable {
        /// Also stands for `<a/>`, which is followed by `end` like any other.
        case start
        case end
        case text
    }

    private let memory: UnsafeMutableRawBufferPointer
    private let reader: xmlTextReaderPtr
    private let kind: String
    private let maximumDepth: Int
    private var hasPendingEnd = false

    /// - Parameters:
    ///   - kind: what the document is called in an error.
    ///   - maximumDepth: of elements.
    init(_ bytes: [UInt8], kind: String, maximumDepth: Int) throws {
        guard bytes.count < Int(Int32.max) else { throw ExtractionFailure.unpacksTooLarge(Int(Int32.max)) }
        memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        memory.copyBytes(from: bytes)
        let options: [xmlParserOption] = [XML_PARSE_NONET, XML_PARSE_NOERROR, XML_PARSE_NOWARNING, XML_PARSE_NOCDATA]
        let flags = options.reduce(Int32(0)) { $0 | Int32(bitPattern: $1.rawValue) }
        // The reader does not copy the bytes, so they live as long as it does.
        guard
            let reader = xmlReaderForMemory(
                memory.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, nil, flags)
        else {
            memory.deallocate()
            throw ExtractionFailure.damaged(kind)
        }
        self.reader = reader
        self.kind = kind
        self.maximumDepth = maximumDepth
    }

    deinit {
        xmlFreeTextReader(reader)
        memory.deallocate()
    }

    /// The next node; `nil` at the end of the document.
    func next() throws -> Node? {
        if hasPendingEnd {
            hasPendingEnd = false
            return .end
        }
        while true {
            switch xmlTextReaderRead(reader) {
            case 1: break
            case 0: return nil
            default: throw failure
            }
            switch xmlTextReaderNodeType(reader) {
            case 1:
                guard xmlTextReaderDepth(reader) < maximumDepth else { throw ExtractionFailure.tooDeep }
                hasPendingEnd = xmlTextReaderIsEmptyElement(reader) == 1
                return .start
            case 15: return .end
            case 3, 4, 13, 14: return .text
            case 10: throw ExtractionFailure.damaged(kind, "it contains a document type declaration.")
            default: continue
            }
        }
    }

    /// The library has its own limit on nesting, and reads ahead of what it reports.
    private var failure: AppError {
        let message = xmlGetLastError().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? ""
        if message.contains("depth") { return ExtractionFailure.tooDeep }
        return ExtractionFailure.damaged(kind, "its XML is not well-formed.")
    }

    /// The element's name without its prefix.
    var name: String { xmlTextReaderConstLocalName(reader).map(string) ?? "" }

    /// The element's name with its prefix.
    var qualifiedName: String { xmlTextReaderConstName(reader).map(string) ?? "" }

    var text: String { xmlTextReaderConstValue(reader).map(string) ?? "" }

    /// The value of the attribute with this name, prefix included: `w:val`. Only right after `start`.
    func attribute(_ name: String) -> String? {
        guard let value = xmlTextReaderGetAttribute(reader, name) else { return nil }
        defer { free(value) }
        return string(UnsafePointer(value))
    }

    /// The value of the first attribute with this name, whatever its prefix.
    func attribute(local name: String) -> String? {
        guard xmlTextReaderMoveToFirstAttribute(reader) == 1 else { return nil }
        defer { xmlTextReaderMoveToElement(reader) }
        repeat {
            if self.name == name { return text }
        } while xmlTextReaderMoveToNextAttribute(reader) == 1
        return nil
    }

    /// Skips to the end of the element that has just started.
    func skip() throws {
        var depth = 1
        while depth > 0, let node = try next() {
            switch node {
            case .start: depth += 1
            case .end: depth -= 1
            case .text: break
            }
        }
    }

    /// The text in the element that has just started; the reader is then behind it.
    func content() throws -> String {
        var depth = 1
        var result = ""
        while depth > 0, let node = try next() {
            switch node {
            case .start: depth += 1
            case .end: depth -= 1
            case .text: result += text
            }
        }
        return result
    }

    private func string(_ pointer: UnsafePointer<xmlChar>) -> String { String(cString: pointer) }
}
