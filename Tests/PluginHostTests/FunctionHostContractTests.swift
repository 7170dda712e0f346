import PluginHost
import TestSupport
import Testing

@Suite struct FunctionHostContractTests {
    @Test func `the host with Python keeps the contract`() async throws {
        let host = FunctionFixture.host()
        #expect(try await FunctionHostContract.violations(of: host) == [])
        await host.stop()
    }

    @Test func `the host with closures keeps the contract`() async throws {
        #expect(try await FunctionHostContract.violations(of: ScriptedFunctionHost(FunctionHostContract.scripts)) == [])
    }
}
