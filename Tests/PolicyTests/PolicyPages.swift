import ScythePolicy
import Testing

/// A page of settings and rules that fit.
func page(_ settings: PolicySettings, _ rules: [VictimRule] = []) -> [UInt8] {
  (try? encoded(settings, rules)) ?? []
}

/// The same, where they may not fit.
func encoded(_ settings: PolicySettings, _ rules: [VictimRule]) throws(PolicyPageError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xee, count: PolicyPage.capacityBytes)
  var span = bytes.mutableSpan
  let count = try PolicyPage.encode(settings, rules.span, into: &span)
  return Array(bytes[..<count])
}

/// What a page says.
func contents(of page: [UInt8]) throws(PolicyPageError) -> PolicyPageContents {
  try PolicyPageContents(checking: page.span)
}

/// A rule of a page.
func rule(at index: Int, in page: [UInt8]) -> VictimRule? { PolicyPage.rule(at: index, in: page.span) }

/// What a page is refused for; `nil` if it is taken.
func refusal(of page: [UInt8]) -> PolicyPageError? {
  do throws(PolicyPageError) {
    _ = try PolicyPageContents(checking: page.span)
    return nil
  } catch {
    return error
  }
}
