import Domain

extension RouteDescriptions {
    private static let banner = Shape.named(
        "Banner",
        [
            "id": .text("maintenance"), "type": .choice("info", "success", "warning", "error"), "title": .text("Maintenance").maybe,
            "content": .text("The harbour is closed tonight."), "dismissible": .bool.maybe, "timestamp": .time,
        ])
    private static let suggestion: Shape = ["title": .list(.text("Explain")), "content": .text("Explain the tides.")]
    private static let newChats: Shape = [
        "DEFAULT_MODELS": .text("llama3.2:latest"), "DEFAULT_PINNED_MODELS": .text(""), "MODEL_ORDER_LIST": .list(.text("llama3.2:latest")),
    ]
    private static let exported = Shape.map.showing(["ENABLE_SIGNUP": false])

    static let configs = RouteDescriptions(
        "/api/v1/configs",
        [
            "GET /banners": .answers(.list(banner)), "POST /banners": .answers(.list(banner)).takes(["banners": .list(banner)]),
            "GET /models": .answers(newChats),
            "POST /models": .answers(newChats).takes([
                "DEFAULT_MODELS": .text("llama3.2:latest").maybe, "DEFAULT_PINNED_MODELS": .text("").maybe,
                "MODEL_ORDER_LIST": .list(.text("llama3.2:latest")).maybe,
            ]),
            "POST /suggestions": .answers(.list(suggestion)).takes(["suggestions": .list(suggestion)]),
            "GET /export": .answers(exported), "POST /import": .answers(exported).takes(["config": exported]),
        ])
}
