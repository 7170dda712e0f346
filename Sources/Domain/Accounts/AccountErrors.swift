/// Texts of Open WebUI about accounts, which its clients show.
extension AppError {
    package static let wrongCredentials = AppError(
        .badRequest, "The email or password provided is incorrect. Please check for typos and try logging in again.")
    package static let wrongPassword = AppError(.badRequest, "The password provided is incorrect. Please check for typos and try again.")
    package static let emailTaken = AppError(
        .badRequest,
        "Uh-oh! This email is already registered. Sign in with your existing account or choose another email to start anew.")
    package static let badEmail = AppError(
        .badRequest,
        "The email format you entered is invalid. Please double-check and make sure you're using a valid email address (e.g., yourname@example.com).")
    package static let badImage = AppError(
        .badRequest, "The profile image must be /user.png, a PNG, JPEG, GIF or WebP data URL, or an http(s) address.")
    package static let signUpClosed = AppError(
        .forbidden, "You do not have permission to access this resource. Please contact your administrator for assistance.")
    package static let actionProhibited = AppError(.forbidden, "The requested action has been restricted as a security measure.")
    /// The original answers 400 where an account is not found.
    package static let userNotFound = AppError(.badRequest, "We could not find what you're looking for :/")
    package static let keysNotAllowed = AppError(.forbidden, "Use of API key is not enabled in the environment.")
    package static let keyCreationNotAllowed = AppError(.forbidden, "API key creation is not allowed in the environment.")
    package static let keyNotFound = AppError(
        .notFound, "Oops! It looks like there's a hiccup. The API key is missing. Please make sure to provide a valid API key to access this feature."
    )
    package static let humanSessionRequired = AppError(.forbidden, "A human session is required.")
    package static func rateLimited(_ seconds: Int) -> AppError {
        AppError(.tooManyRequests, "API rate limit exceeded", retryAfter: seconds)
    }
}
