// A program that is nothing but the worker: the tests start it where a server starts itself.
import Extraction
import Glibc

exit(await ExtractionWorker.run(task: CommandLine.arguments.last ?? ""))
