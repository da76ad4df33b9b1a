import Scythe
import ScytheVictims

/// Makes victims, and kills them one way or the other.
struct DemoStage {
  /// How long each way may take.
  static let deadlineNanoseconds: Int64 = 2_000_000_000
  /// How long the whole demo may take, unless victims are named.
  private static let totalNanoseconds: Int64 = 57_000_000_000
  /// How long one victim may take to be made: there are three for each of the eleven kinds.
  private static let makingNanoseconds: Int64 = 800_000_000

  /// The size of each victim.
  private(set) var bytes: UInt64
  private let program: String
  private let cancellation: CInt
  private let beginNanoseconds = MonotonicClock.nowNanoseconds
  private var makingNanoseconds: Int64 = 0

  /// Ends the demo.
  struct Interrupted: Error {}

  /// Sizes the victims to the machine, unless it is told.
  ///
  /// - Parameters:
  ///   - size: bytes; `nil` for a quarter of what can be had, at most 512 MiB, and less on a machine that is slow to fill it.
  ///   - cancellation: a descriptor that ends the demo when it becomes readable.
  init(size: UInt64?, cancellation: CInt) throws {
    self.cancellation = cancellation
    guard let program = VictimProcess.findProgram() else {
      throw Failure(
        message:
          "cannot make a victim: no scythe-victim beside scythe; build it with 'swift build --product scythe-victim'",
        exit: Exit.system)
    }
    self.program = program
    let takeable: UInt64
    do throws(Errno) {
      takeable = try Procfs().takeableBytes()
    } catch {
      throw Failure(message: "cannot size the victims: /proc/meminfo: \(error.description)", exit: Exit.system)
    }
    if let size {
      // One victim lives at a time, so that this is all that the demo ever takes; the rest is for everybody else.
      guard size <= takeable / 4 * 3 else {
        throw Failure.usage(
          "cannot make victims of \(Quantity.bytes(size)): \(Quantity.bytes(takeable)) can be had here, and a quarter of"
            + " it stays free; give a smaller --size")
      }
      bytes = size
      return
    }
    bytes = min(takeable / 4, 512 << 20) & ~0xf_ffff
    guard bytes >= 8 << 20 else {
      throw Failure(
        message: "cannot make a victim: a quarter of the available memory is under 8 MiB; free some first",
        exit: Exit.system)
    }
  }

  /// Makes and ends one victim: the first one fills memory that the machine may have to fetch first, and tells how long
  /// the others take.
  mutating func warmUp(mayShrink: Bool) throws {
    let begin = MonotonicClock.nowNanoseconds
    do { try make(.running).end() } catch is NotShown { return }
    makingNanoseconds = MonotonicClock.nowNanoseconds - begin
    guard mayShrink, makingNanoseconds > DemoStage.makingNanoseconds else { return }
    let share = Double(DemoStage.makingNanoseconds) / Double(makingNanoseconds)
    bytes = max(8 << 20, UInt64(Double(bytes) * share) & ~0xf_ffff)
    makingNanoseconds = DemoStage.makingNanoseconds
  }

  /// Whether there is time left for a kind of victim.
  func hasTime(for kind: DemoVictim) -> Bool {
    let elapsed = MonotonicClock.nowNanoseconds - beginNanoseconds
    return elapsed + kind.extraNanoseconds + 3 * makingNanoseconds <= DemoStage.totalNanoseconds
  }

  /// Makes a victim and kills it.
  ///
  /// - Throws: `NotShown` if it cannot be made or killed here; `Interrupted`.
  func kill(_ kind: DemoVictim, _ way: DemoWay) throws -> DemoRun {
    let victim = try make(kind)
    defer { victim.end() }
    var request = KillRequest()
    if let group = victim.values["group"], kind == .controlGroup {
      request.controlGroups = [group]
    } else {
      request.processes = [victim.pid]
    }
    request.options.deadlineNanoseconds = DemoStage.deadlineNanoseconds
    request.options.cancellation = cancellation
    switch way {
    case .signalAlone: request.options.carrier = nil
    case .workers(let count): request.workers = count
    case .unchecked: request.options.robustGraceNanoseconds = 0
    }
    let report: KillReport
    do throws(ReaperError) {
      report = try killAndRelease(request)
    } catch {
      if isInterrupted { throw Interrupted() }
      throw NotShown(reason: Failure(error, controlGroups: request.controlGroups).message)
    }
    if report.summary.isCancelled { throw Interrupted() }
    return DemoRun(way, report, kind == .robustMutex ? victim.mutexFate() : nil)
  }

  private func make(_ kind: DemoVictim) throws -> VictimProcess {
    var refusal = ""
    for arguments in try kind.arguments(bytes) {
      do {
        return try VictimProcess(program: program, arguments)
      } catch {
        // Ctrl-C reaches the victims too: then it is no failure of theirs.
        if isInterrupted { throw Interrupted() }
        refusal = "\(error)"
      }
    }
    throw NotShown(reason: refusal)
  }

  private var isInterrupted: Bool { FileDescriptor.isReadable(cancellation) }
}
