import Foundation
import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

let pageBytes = UInt64(getpagesize())

/// What a victim's `--areas` are, page by page: a kind, and whether the page has been advised.
struct PageModel {
  private(set) var kinds: [Character] = []
  private(set) var isAdvised: [Bool] = []
  let specification: String

  /// What takes `cold`: all that is not locked, and not a device's.
  static let advisable: Set<Character> = ["a", "r", "n", "s", "p", "f", "F", "u"]

  init(_ specification: String) {
    self.specification = specification
    for item in specification.split(separator: ",") {
      let pages = Int(item.dropFirst())!
      kinds += Array(repeating: item.first!, count: pages)
    }
    isAdvised = Array(repeating: false, count: kinds.count)
  }

  /// Areas of random kinds and sizes, holes among them.
  static func random(areas: Int, _ generator: inout SeededGenerator) -> PageModel {
    let letters = Array("aaarnlspfFux")
    let items = (0..<areas).map { _ in
      "\(letters.randomElement(using: &generator)!)\(Int.random(in: 1...12, using: &generator))"
    }
    return PageModel(items.joined(separator: ","))
  }

  /// Disjoint ranges in ascending order, of any size, over anything.
  func randomRanges(_ base: UInt64, _ generator: inout SeededGenerator) -> [AddressRange] {
    var ranges: [AddressRange] = []
    var page = 0
    while page < kinds.count {
      page += Int.random(in: 0...20, using: &generator)
      let pages = Int.random(in: 0...30, using: &generator)
      if page + pages > kinds.count { break }
      ranges.append(AddressRange(base: base + UInt64(page) * pageBytes, length: UInt64(pages) * pageBytes))
      page += pages
    }
    return ranges
  }

  /// Advises ranges: what can take it, in ascending order, and no more bytes than this.
  mutating func advise(_ ranges: [AddressRange], _ base: UInt64, atMost maximumBytes: UInt64 = .max) -> UInt64 {
    var advised: UInt64 = 0
    for range in ranges {
      let first = Int((range.base - base) / pageBytes)
      for page in first..<first + Int(range.length / pageBytes) where PageModel.advisable.contains(kinds[page]) {
        if advised + pageBytes > maximumBytes { return advised }
        isAdvised[page] = true
        advised += pageBytes
      }
    }
    return advised
  }

  /// Everything, as one range.
  func all(_ base: UInt64) -> [AddressRange] {
    [AddressRange(base: base, length: UInt64(kinds.count) * pageBytes)]
  }

  /// Records an issue if the kernel says anything else of the victim.
  func expectAgreement(
    with victim: VictimProcess, _ says: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let difference = try difference(from: victim) else { return }
    Issue.record("\(difference); \(says())", sourceLocation: sourceLocation)
  }

  /// Where the model and the kernel differ: of each mapping, how many bytes count as used still.
  ///
  /// - Returns: `nil` if they agree.
  private func difference(from victim: VictimProcess) throws -> String? {
    let base = victim.address("areas")!
    var difference: String?
    try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
      guard details.area.base >= base, details.area.end <= base + UInt64(kinds.count) * pageBytes else { return true }
      let first = Int((details.area.base - base) / pageBytes)
      let pages = first..<Int((details.area.end - base) / pageBytes)
      // A device has no pages that are counted, nor has secret memory.
      guard !pages.contains(where: { kinds[$0] == "d" || kinds[$0] == "S" }) else { return true }
      let expected = UInt64(pages.count { !isAdvised[$0] }) * pageBytes
      if details.referencedBytes != expected {
        difference =
          "pages \(pages) (\(kinds[first])): \(details.referencedBytes) bytes in use, not \(expected)"
      }
      return difference == nil
    }
    return difference
  }
}

/// A live kernel of which the areas are found by the text of `/proc/PID/maps`, as before Linux 6.11.
struct TextKernel: ForwardingKernel {
  let live = LiveKernel()
  func openAreas(of pid: PID, _ source: AreaSource) throws(Errno) -> AreaCursor {
    try live.openAreas(of: pid, .text)
  }
}

/// A live kernel that takes three pages of what it is given, and says so.
struct ShortKernel: ForwardingKernel {
  let live = LiveKernel()

  func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int {
    var few: [AddressRange] = []
    var left = 3 * pageBytes
    for index in ranges.indices where left > 0 {
      few.append(AddressRange(base: ranges[index].base, length: min(left, ranges[index].length)))
      left -= few[few.count - 1].length
    }
    return try live.advise(advice, few.span, of: process)
  }
}
