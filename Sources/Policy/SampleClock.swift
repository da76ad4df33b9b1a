/// Whether time goes on between samples as it should.
struct SampleClock: BitwiseCopyable {
  /// How time went on.
  enum Step: BitwiseCopyable {
    case steady
    /// The machine slept, or the daemon did.
    case jumped
    /// Backwards: this is another boot, or another machine.
    case restarted
  }

  private var last: (monotonic: UInt64, boot: UInt64)?

  init() {}

  /// Takes the clocks of a sample.
  mutating func take(_ sample: SystemSample) -> Step {
    let now = (monotonic: sample.monotonicNanoseconds, boot: sample.bootNanoseconds)
    defer { last = now }
    guard let last else { return .steady }
    if now.monotonic < last.monotonic || now.boot < last.boot { return .restarted }
    let monotonic = now.monotonic - last.monotonic
    let boot = now.boot - last.boot
    let apart = boot > monotonic ? boot - monotonic : monotonic - boot
    return monotonic > PolicyConstants.longestGapNanoseconds || apart > PolicyConstants.suspendNanoseconds
      ? .jumped : .steady
  }
}
