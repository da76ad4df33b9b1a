/// Something that was looked at of the daemon as a service.
package struct ServiceCheck: Codable, Equatable, Sendable {
  /// What it is about, such as `start` or `reload`.
  package var area: String
  /// What must hold.
  package var name: String
  /// Whether it does.
  package var isPassed: Bool
  /// What was seen: a figure, or the line that says so.
  package var found: String

  /// Makes one.
  package init(area: String, name: String, isPassed: Bool, found: String) {
    self.area = area
    self.name = name
    self.isPassed = isPassed
    self.found = found
  }
}

/// One scenario of the daemon as a service on one kernel, from its last run.
struct CheckedService: Codable, Equatable, Sendable {
  let key: CellKey
  let checks: [ServiceCheck]
  let command: String

  /// The last run of each that looked at anything, however it ended.
  static func all(_ runs: [(key: CellKey, results: [RunResult])]) -> [CheckedService] {
    runs.compactMap { key, results in
      guard let last = results.last(where: { $0.service?.isEmpty == false }) else { return nil }
      return CheckedService(key: key, checks: last.service ?? [], command: last.command)
    }
  }
}

extension [ServiceCheck] {
  /// How many of them hold, in words.
  package var inWords: String {
    let failed = count { !$0.isPassed }
    return "\(counted(count - failed, "check")) passed, \(failed) failed"
  }

  /// What fails a run: what does not hold, the first by name; `nil` if all does.
  package var failure: String? {
    let failed = filter { !$0.isPassed }
    guard let first = failed.first else { return nil }
    return "\(failed.count) of \(count) checks failed, the first: \(first.name) (\(first.found))"
  }
}
