import ScytheLinux

/// How far advice goes, and when it stops.
@frozen public struct AdviceOptions: Sendable, BitwiseCopyable {
  /// The most bytes of mapped memory that are advised; `nil` sets no limit. What is not resident counts too.
  public var maximumBytes: UInt64?
  /// How long it may take; `nil` sets no limit. One chunk is finished: 256 MiB for `cold` and `dontNeed`, 32 MiB for all else.
  public var deadlineNanoseconds: Int64?
  /// A descriptor that ends the walk, between two chunks, when it becomes readable; the caller keeps it open.
  public var cancellation: CInt?
  /// Addresses below this one are left out: a walk goes on from the `nextAddress` of an earlier one.
  public var firstAddress: UInt64 = 0
  /// Whether every area is looked up, so that the report has the number of those that took the advice, and their bytes.
  ///
  /// Without, the kernel gets ranges over many areas and holes, and looks for the areas itself: with 50,000 of them in
  /// half the time. Areas that are skipped are always counted. With `maximumBytes`, and for `collapse`, every area is
  /// looked up anyway.
  public var countsAreas = false
  /// Whether Scythe's kernel extension is used where it is loaded: it goes over everything by itself, most often in one
  /// call, and counts neither the areas that take the advice nor those that do not. So it is not used together with
  /// `countsAreas`, nor for several ranges with `maximumBytes`.
  public var prefersExtension = true

  /// Makes the default: everything, for as long as it takes.
  public init() {}
}

extension AdviceOptions {
  /// When the time of a walk that begins now is over.
  func deadlineMoment(from now: Int64) -> Int64? {
    deadlineNanoseconds.map { $0 > Int64.max - now ? Int64.max : now + $0 }
  }

  /// Why a walk with this deadline must not go on; `nil` if it may.
  func end(_ now: Int64, _ deadline: Int64?) -> AdviceEnd? {
    if let cancellation, FileDescriptor.isReadable(cancellation) { return .cancelled }
    if let deadline, now >= deadline { return .deadlineReached }
    return nil
  }
}

/// The constants of a walk, each with its unit and its reason.
enum AdviceLimits {
  /// The most ranges that a call takes, `UIO_MAXIOV`.
  static var mostRanges: Int { 1024 }
  /// A huge page. What is collapsed is cut at its boundaries only.
  static var hugePageBytes: UInt64 { 2 << 20 }

  /// What is advised by one call, between two looks at deadline and cancellation: 256 MiB take 20 ms to be made cold or
  /// to be freed, and the others may wait for a disk. The kernel cuts a sum above 2 GiB - 4 KiB short without a word.
  static func chunkBytes(_ advice: Advice) -> UInt64 { advice == .cold || advice == .dontNeed ? 256 << 20 : 32 << 20 }
}
