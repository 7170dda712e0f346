import ArgumentParser
import AsyncHTTPClient
import Hummingbird
import HummingbirdTLS
import Yams

@main struct Main { static func main() {} }
