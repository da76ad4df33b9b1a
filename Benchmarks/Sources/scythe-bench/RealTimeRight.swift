import ArgumentParser
import Scythe

/// The right to the real-time class: what the two cases about a signal measure with it and without.
enum RealTimeRight {
  /// What runs a program without it.
  static let drop = ["setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice"]

  /// Whether this program has it, which favours itself at its start.
  static var isHeld: Bool { (try? Scheduling.schedulingClass(of: PID(0))) == .roundRobin }

  /// Makes sure that a process has the class, or has it not.
  static func insist(on isWanted: Bool, of process: PID) throws {
    let isRealTime = try Scheduling.schedulingClass(of: process) == .roundRobin
    guard isRealTime == isWanted else {
      throw ValidationError(isRealTime ? "the real-time class is allowed here" : "no right to the real-time class")
    }
  }

  /// The variants, each a series of its name. Where nobody may have the class, there is nothing to take away either.
  static func variants(
    _ variants: [(series: String, isRealTime: Bool, isBusy: Bool)],
    measure: @escaping (_ isRealTime: Bool, _ isBusy: Bool) throws -> [Int64]
  ) -> [Variant] {
    variants.filter { isHeld || !$0.isRealTime }.map { variant in
      Variant(series: [variant.series]) {
        try measure(variant.isRealTime, variant.isBusy).map {
          Measurement(series: variant.series, nanoseconds: $0)
        }
      }
    }
  }
}
