import Foundation
import ScytheLinux
import ScythePolicy

/// A rule of patterns that fit.
func rule(_ effect: RuleEffect, weight: Int16 = 0, _ patterns: (RuleField, String)...) -> VictimRule {
  var rule = VictimRule(effect, weightPercent: weight)
  for (field, text) in patterns {
    guard let pattern = RulePattern(field, Array(text.utf8).span) else { continue }
    _ = rule.add(pattern)
  }
  return rule
}

/// A page as the command writes it.
func page(_ rules: [VictimRule], _ settings: PolicySettings = PolicySettings()) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: PolicyPage.capacityBytes)
  var span = bytes.mutableSpan
  let count = (try? PolicyPage.encode(settings, rules.span, into: &span)) ?? 0
  return Array(bytes[..<count])
}

/// Pages in files of a test's own.
final class PagesOnDisk {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file that only its owner may write.
  func write(_ bytes: [UInt8], to name: String = "policy.page") throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    unsafe chmod(file, 0o644)
    return file
  }
}
