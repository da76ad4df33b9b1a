/// Whether killing helps: judged by what each kill returned of what was short.
struct Futility: BitwiseCopyable {
  private var inARow: UInt32 = 0
  private var lastShortageBytes: UInt64 = 0
  private var lastReturnedBytes: UInt64 = 0
  private var isSaid = false

  init() {}

  /// Whether killing is left to the kernel.
  var isReached: Bool { inARow >= PolicyConstants.futileKills }

  /// Takes what a kill returned.
  mutating func judge(returnedBytes: UInt64, shortageBytes: UInt64) {
    if Futility.isFutile(returnedBytes: returnedBytes, shortageBytes: shortageBytes) {
      inARow = inARow == .max ? .max : inARow + 1
      lastShortageBytes = shortageBytes
      lastReturnedBytes = returnedBytes
    } else {
      inARow = 0
    }
  }

  /// Takes what a kill returned after it was judged: one that helps late helps.
  mutating func judgeLate(returnedBytes: UInt64, shortageBytes: UInt64) {
    if !Futility.isFutile(returnedBytes: returnedBytes, shortageBytes: shortageBytes) { reset() }
  }

  private static func isFutile(returnedBytes: UInt64, shortageBytes: UInt64) -> Bool {
    returnedBytes < shortageBytes / PolicyConstants.futileShare
  }

  /// The event, once.
  mutating func event() -> PolicyEvent? {
    guard isReached, !isSaid else { return nil }
    isSaid = true
    return .killsAreFutile(shortageBytes: lastShortageBytes, returnedBytes: lastReturnedBytes)
  }

  /// The shortage is over: the next one is judged by itself.
  mutating func reset() { self = Futility() }
}
