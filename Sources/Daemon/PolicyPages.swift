public import ScytheLinux
public import ScythePolicy

/// The rules of a page that was checked, where they lie: good for as long as the page does.
@safe public struct PolicyRules: BitwiseCopyable {
  private let base: UnsafePointer<UInt8>?
  private let count: Int
  /// What they ask for.
  let fields: RuleFields

  /// Makes no rules.
  public init() {
    unsafe base = nil
    count = 0
    fields = RuleFields()
  }

  init(_ base: UnsafePointer<UInt8>, count: Int, _ fields: RuleFields) {
    unsafe self.base = unsafe base
    self.count = count
    self.fields = fields
  }

  /// Lends the page; an empty one for no rules.
  func withPage<R>(_ body: (Span<UInt8>) -> R) -> R {
    guard let base = unsafe base else {
      let nothing = InlineArray<1, UInt8>(repeating: 0)
      return body(nothing.span.extracting(first: 0))
    }
    return unsafe body(Span(_unsafeStart: base, count: count))
  }
}

/// Room for two pages: the one that holds, and one to read the next into. A page that is refused changes nothing.
@safe public struct PolicyPages: ~Copyable {
  private let base: UnsafeMutablePointer<UInt8>
  private var active = 0
  private var count = 0
  /// What holds: the defaults, and no rules, until a page was taken.
  public private(set) var contents = PolicyPageContents()

  /// One byte more than a page may have shows that there are too many.
  private static var roomBytes: Int { PolicyPage.capacityBytes + 1 }

  /// Maps memory for them; the kernel hands out as much of it as is used.
  ///
  /// - Throws: `Errno.noMemory`.
  public init() throws(Errno) { unsafe base = try MappedMemory.allocate(UInt8.self, count: 2 * PolicyPages.roomBytes) }

  deinit { unsafe MappedMemory.free(base, count: 2 * PolicyPages.roomBytes) }

  /// Whether a page was taken.
  var hasPage: Bool { count > 0 }

  /// The rules that hold; good until the next page but one is taken, and for as long as this lives.
  public var rules: PolicyRules {
    unsafe count == 0 ? PolicyRules() : PolicyRules(page(active), count: count, contents.fields)
  }

  /// One of the rules that hold, by its place; `nil` behind the last one.
  public func rule(at index: Int) -> VictimRule? { rules.withPage { PolicyPage.rule(at: index, in: $0) } }

  /// Takes the page of a file.
  ///
  /// - Throws: `PolicyFileError`; then what held before holds.
  public mutating func take(from path: borrowing PathBuffer) throws(PolicyFileError) {
    let other = 1 - active
    var span = unsafe MutableSpan(_unsafeStart: page(other), count: PolicyPages.roomBytes)
    let length = try PolicyFile.read(path, into: &span)
    do throws(PolicyPageError) {
      try take(other, length)
    } catch {
      throw .page(error)
    }
  }

  /// Takes a page that lies in memory.
  ///
  /// - Throws: `PolicyPageError`; then what held before holds.
  public mutating func take(_ bytes: Span<UInt8>) throws(PolicyPageError) {
    let other = 1 - active
    let length = min(bytes.count, PolicyPages.roomBytes)
    for index in 0..<length { unsafe page(other)[index] = bytes[index] }
    try take(other, length)
  }

  /// Goes back to the defaults.
  public mutating func removeAll() {
    active = 1 - active
    count = 0
    contents = PolicyPageContents()
  }

  private mutating func take(_ which: Int, _ length: Int) throws(PolicyPageError) {
    contents = try unsafe PolicyPageContents(checking: Span(_unsafeStart: page(which), count: length))
    active = which
    count = length
  }

  private func page(_ which: Int) -> UnsafeMutablePointer<UInt8> { unsafe base + which * PolicyPages.roomBytes }
}
