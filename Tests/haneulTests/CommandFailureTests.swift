import Domain
import Testing

@testable import haneul

struct CommandFailureTests {
    @Test(
        arguments: [
            (AppError.Code.badRequest, 64), (.notFound, 64), (.unavailable, 69), (.timeout, 69), (.forbidden, 77), (.internalError, 70),
        ] as [(AppError.Code, Int32)])
    func `a failure's exit code says what kind it was`(code: AppError.Code, expected: Int32) {
        #expect(CommandFailure.exitCode(AppError(code, "x")) == expected)
    }
}
