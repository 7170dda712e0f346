/// What changed between two texts, as `diff -u` writes it, with three lines of context.
package enum UnifiedDiff {
    private static let context = 3
    /// Beyond this many pairs of lines that differ in the middle, the middle is one change.
    private static let largestMiddle = 4_000_000

    private enum Line { case same(old: Int, new: Int), removed(Int), added(Int) }

    /// - Returns: empty for texts with the same lines.
    package static func lines(from old: String, to new: String, oldName: String, newName: String) -> [String] {
        let (old, new) = (split(old), split(new))
        let script = script(old, new)
        var groups: [Range<Int>] = []
        for (index, line) in script.enumerated() {
            if case .same = line { continue }
            let reach = max(index - context, 0)..<min(index + context + 1, script.count)
            if let last = groups.last, reach.lowerBound <= last.upperBound {
                groups[groups.count - 1] = last.lowerBound..<reach.upperBound
            } else {
                groups.append(reach)
            }
        }
        guard !groups.isEmpty else { return [] }
        var result = ["--- " + oldName, "+++ " + newName]
        var (oldPlace, newPlace, position) = (0, 0, 0)
        for group in groups {
            while position < group.lowerBound {
                // Between groups all lines are the same.
                (oldPlace, newPlace, position) = (oldPlace + 1, newPlace + 1, position + 1)
            }
            var (oldCount, newCount) = (0, 0)
            var body: [String] = []
            for line in script[group] {
                switch line {
                case .same(let index, _):
                    body.append(" " + old[index])
                    (oldCount, newCount) = (oldCount + 1, newCount + 1)
                case .removed(let index):
                    body.append("-" + old[index])
                    oldCount += 1
                case .added(let index):
                    body.append("+" + new[index])
                    newCount += 1
                }
            }
            result.append("@@ -\(range(oldPlace, oldCount)) +\(range(newPlace, newCount)) @@")
            result += body
            (oldPlace, newPlace, position) = (oldPlace + oldCount, newPlace + newCount, group.upperBound)
        }
        return result
    }

    /// `start,length` from 1; the length is left out when it is 1, and an empty range starts where it would follow.
    private static func range(_ start: Int, _ count: Int) -> String {
        if count == 1 { return "\(start + 1)" }
        return "\(count == 0 ? start : start + 1),\(count)"
    }

    /// Lines without their ends (`\n`, `\r\n`); a last line break makes no line.
    private static func split(_ text: String) -> [String] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func script(_ old: [String], _ new: [String]) -> [Line] {
        var head = 0
        while head < min(old.count, new.count), old[head] == new[head] { head += 1 }
        var tail = 0
        while tail < min(old.count, new.count) - head, old[old.count - 1 - tail] == new[new.count - 1 - tail] { tail += 1 }
        let (oldMiddle, newMiddle) = (head..<(old.count - tail), head..<(new.count - tail))
        var script = (0..<head).map { Line.same(old: $0, new: $0) }
        if oldMiddle.count * newMiddle.count > largestMiddle {
            script += oldMiddle.map(Line.removed) + newMiddle.map(Line.added)
        } else {
            script += middle(Array(old[oldMiddle]), Array(new[newMiddle]), offset: head)
        }
        return script + (0..<tail).map { Line.same(old: old.count - tail + $0, new: new.count - tail + $0) }
    }

    /// By the longest common subsequence; what was removed stands before what was added in its place.
    private static func middle(_ old: [String], _ new: [String], offset: Int) -> [Line] {
        let width = new.count + 1
        var longest = [Int32](repeating: 0, count: (old.count + 1) * width)
        for i in stride(from: old.count - 1, through: 0, by: -1) {
            for j in stride(from: new.count - 1, through: 0, by: -1) {
                longest[i * width + j] =
                    old[i] == new[j] ? longest[(i + 1) * width + j + 1] + 1 : max(longest[(i + 1) * width + j], longest[i * width + j + 1])
            }
        }
        var script: [Line] = []
        var added: [Line] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, old[i] == new[j] {
                script += added + [.same(old: offset + i, new: offset + j)]
                added = []
                (i, j) = (i + 1, j + 1)
            } else if j >= new.count || (i < old.count && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
                script.append(.removed(offset + i))
                i += 1
            } else {
                added.append(.added(offset + j))
                j += 1
            }
        }
        return script + added
    }
}
