package import ScytheLinux
package import ScythePolicy
import Synchronization

/// The policy of the daemon, and how it is changed while the daemon runs: the loop asks for that, and the sampler's thread
/// does it, since a file may be slow, and since it alone reads the rules.
@safe struct PolicyStore: ~Copyable {
  private let scribe: UnsafeMutablePointer<Scribe>
  private let events: UnsafeMutablePointer<EventCounter>
  private let path: PathBuffer?
  /// Whether the file was named by whoever started the daemon: then it has to be there.
  private let isNamed: Bool
  private var pages: PolicyPages
  private let asked = Atomic<UInt32>(0)
  /// How many of the requests were answered.
  private let answered = Atomic<UInt32>(0)
  // The loop reads what the sampler's thread changes.
  private let lock: PriorityLock
  private var changes: UInt32 = 0
  private var settings = PolicySettings()
  /// The rules that hold, for other threads, and how many of those go by rules: while one does, no page is read, since it
  /// would take the place of the page before.
  private var lentRules = PolicyRules()
  private let readers = Atomic<UInt32>(0)

  init(
    _ path: PathBuffer?, _ scribe: UnsafeMutablePointer<Scribe>, _ events: UnsafeMutablePointer<EventCounter>
  ) throws(Errno) {
    let pages = try PolicyPages()
    lock = try PriorityLock()
    self.pages = pages
    self.path = path ?? PolicyFile.standardPath()
    isNamed = path != nil
    unsafe self.scribe = unsafe scribe
    unsafe self.events = unsafe events
  }

  /// The rules that hold. For the sampler's thread.
  var rules: PolicyRules { pages.rules }

  /// Reads the file. A file that need not be there and is not leaves the defaults.
  ///
  /// - Throws: `PolicyFileError`; then what held before holds.
  mutating func load() throws(PolicyFileError) {
    guard let path else { return }
    do throws(PolicyFileError) {
      try pages.take(from: path)
    } catch {
      guard error.isAbsence, !isNamed else { throw error }
      pages.removeAll()
    }
    lock.withLock {
      settings = pages.contents.settings
      lentRules = pages.rules
      changes += 1
    }
    sayBlindness()
  }

  /// Rules about programs fit nobody whose program is hidden.
  private func sayBlindness() {
    guard pages.contents.fields.contains(.executable) else { return }
    if (try? Procfs().privileges(of: .current))?.holds(.trace) == true { return }
    unsafe scribe.pointee.say(
      .notice, "without CAP_SYS_PTRACE rules about executables fit no process of another user")
  }

  /// Asks for the file to be read again. Whoever asks has to wake the sampler.
  func askForReload() { asked.add(1, ordering: .releasing) }

  /// Whether a request is not answered yet.
  var isReloading: Bool { answered.load(ordering: .acquiring) != asked.load(ordering: .relaxed) }

  /// Lends the rules that hold to another thread than the sampler's.
  func lendRules<E: Error, R>(_ body: (PolicyRules) throws(E) -> R) throws(E) -> R {
    let rules = lock.withLock {
      readers.add(1, ordering: .relaxed)
      return lentRules
    }
    defer { lock.withLock { _ = readers.subtract(1, ordering: .relaxed) } }
    return try body(rules)
  }

  /// Reads the file again if that was asked for, and nobody goes by the rules that hold: then a later turn does.
  ///
  /// - Returns: whether the rules are others now.
  mutating func reloadIfAsked() -> Bool {
    let asked = asked.load(ordering: .acquiring)
    guard asked != answered.load(ordering: .relaxed),
      lock.withLock({ readers.load(ordering: .relaxed) }) == 0
    else { return false }
    defer {
      answered.store(asked, ordering: .releasing)
      unsafe events.pointee.signal()
    }
    do throws(PolicyFileError) {
      try load()
    } catch {
      var line = refusal(error)
      line.append("; what held before holds")
      unsafe scribe.pointee.say(.error, line)
      return false
    }
    var line = PathBuffer("took over ")
    line.append(description)
    unsafe scribe.pointee.say(.info, line)
    return true
  }

  /// Hands over what has changed since it was last asked.
  ///
  /// - Parameter seen: what the loop has seen; brought up to date.
  /// - Returns: `nil` if nothing has.
  func settings(after seen: inout UInt32) -> PolicySettings? {
    lock.withLock {
      guard changes != seen else { return nil }
      seen = changes
      return settings
    }
  }

  /// Why the policy is not taken: attempt, subject, cause and remedy.
  func refusal(_ error: PolicyFileError) -> PathBuffer { PathBuffer(refusalOf: path, error) }

  /// What is said of it at the start, and when it changes.
  var description: PathBuffer {
    guard pages.hasPage, let path else { return PathBuffer("the default policy") }
    var text = PathBuffer("the policy of ")
    text.append(path)
    text.append(": profile ")
    text.append(settings.profile.name)
    text.append(", ")
    text.append(decimal: pages.contents.ruleCount)
    text.append(pages.contents.ruleCount == 1 ? " rule" : " rules")
    if settings.isObserving { text.append(", only observes") }
    return text
  }
}

extension PathBuffer {
  /// Why the policy of a file is not taken, in one line.
  package init(refusalOf path: PathBuffer?, _ error: PolicyFileError) {
    self.init("cannot use the policy of ")
    append(path ?? PathBuffer())
    append(": ")
    switch error {
    case .unreadable(let error):
      append(error.explanation ?? "unknown error")
      append("; write it with 'scythe config compile'")
    case .noFile: append("it is no file; name the page that 'scythe config compile' has written")
    case .foreign: append("others than root may write it, and root would follow it; 'chown root' it, and 'chmod go-w'")
    case .page(let error):
      append(error.explanation)
      append("; write it again with 'scythe config compile'")
    }
  }
}

extension PolicyPageError {
  /// What is wrong with a page, in words that follow a colon.
  package var explanation: StaticString {
    switch self {
    case .tooShort: "it is too short to be a page"
    case .wrongMagic: "it is no page of a policy"
    case .otherVersion: "another version of Scythe made it"
    case .wrongLength: "it is not as long as it says"
    case .wrongChecksum: "its checksum is wrong"
    case .badValue: "it has a value that means nothing here"
    case .tooLarge: "its rules do not fit"
    }
  }
}
