import ScythePolicy

/// Where a value comes from.
enum ConfigOrigin: Equatable {
  case standard
  case file(String, Int)

  var text: String {
    switch self {
    case .standard: "default"
    case .file(let path, let line): "\(path):\(line)"
    }
  }
}

/// What a configuration comes to.
struct EffectivePolicy {
  /// Only their configurable part means something.
  var settings = PolicySettings()
  /// Where the values come from, by the path of the key; what is not here is a default.
  var origins: [String: ConfigOrigin] = [:]
  var rules: [ConfigRule] = []
  /// What was read.
  var files: [String] = []

  /// Reads files: of those that give the same key the last one decides, and rules come one behind the other.
  ///
  /// - Returns: what is wrong; if anything is, the policy is not to be used.
  mutating func read(_ configuration: [ConfigFile]) -> [ConfigFault] {
    var faults: [ConfigFault] = []
    for file in configuration {
      files.append(file.path)
      var reader = ConfigReader(file, self)
      reader.read()
      faults += reader.faults
      self = reader.policy
    }
    return faults + rules.tooMany()
  }

  /// The page of it, and its rules one by one.
  func page() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: PolicyPage.capacityBytes)
    var span = bytes.mutableSpan
    let rules = rules.map(\.rule)
    guard let count = try? PolicyPage.encode(settings, rules.span, into: &span) else {
      preconditionFailure("rules that do not fit a page were not refused")
    }
    return Array(bytes[..<count])
  }
}
