/// What a process of a scenario is told: `key=value` words.
struct WorkOptions {
  private let values: [String: String]

  init(_ words: some Sequence<String>) {
    var values: [String: String] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
    }
    self.values = values
  }

  func text(_ key: String) -> String? { values[key] }

  func number(_ key: String, or standard: Int = 0) -> Int { values[key].flatMap { Int($0) } ?? standard }
}
