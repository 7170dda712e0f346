/// One page of a longer list, and how long the whole is.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var total: Int

    package init(items: [Item], total: Int) {
        self.items = items
        self.total = total
    }
}

/// Which rows of a list to read.
package struct PageRequest: Sendable {
    package var limit: Int
    package var offset: Int

    package init(limit: Int, offset: Int) {
        self.limit = limit
        self.offset = offset
    }

    /// - Parameter page: counted from 1.
    package init(page: Int, size: Int) {
        limit = size
        offset = (page - 1).multipliedReportingOverflow(by: size).partialValue
        if offset < 0 { offset = Int.max / 2 }
    }
}
