/// What reading one file may cost. The numbers are generous for documents that people write and small for a server.
package struct ExtractionLimits: Sendable, Hashable {
    /// Bytes that a container (DOCX, XLSX, EPUB, ...) may unpack to, over all parts that are read.
    package var unpackedBytes = 512 << 20
    /// Parts in a container.
    package var entries = 20_000
    /// How many times larger than the file the unpacked parts may be, once they are over 32 MB.
    package var expansion = 200
    /// How deep elements may nest.
    package var xmlDepth = 200
    /// Unicode scalars that a document which is not plain text may yield.
    package var characters = 32 << 20
    /// Pages of a PDF.
    package var pages = 5_000
    /// Pages of a scanned PDF that are read with character recognition.
    package var recognizedPages = 100
    /// The largest HTML, RTF or mail file, which is read whole.
    package var wholeFileBytes = 128 << 20

    /// For the child process: seconds of CPU, seconds that it may keep its reader waiting, bytes of memory, bytes of a
    /// temporary file.
    package var processorSeconds = 300
    package var waitingSeconds = 600
    package var memoryBytes = 2 << 30
    package var temporaryFileBytes = 256 << 20

    package init() {}
}
