import CLabGuest
import Glibc
import LabCatalog
import ScytheLinux

/// What every scenario with a killer has: bystanders, a probe, and the instrument.
final class Stage {
  let scenario: Scenario
  let killer: Killer
  let port: Port
  let cast: Cast
  let totalBytes: Int
  private let seed: UInt64

  /// Ends a scenario that cannot be played.
  struct Refusal: Error {
    let reason: String
    /// Whether it is no failure: this kernel cannot have it.
    var isNotApplicable = false
  }

  init(_ scenario: Scenario, _ killer: Killer, seed: UInt64, port: Port) {
    self.scenario = scenario
    self.killer = killer
    self.port = port
    self.seed = seed
    cast = Cast(seed: seed)
    totalBytes = ((try? Procfs().memoryInformation())?.totalBytes).map { Int($0) } ?? 0
  }

  /// What a scenario adds to the stage once everybody is there.
  struct Play {
    var ending = Instrument.Ending.whenBack
    var seconds = 60
    /// A group that is watched instead of the machine, and its limit.
    var container: (group: String, limitBytes: Int)?
    /// Before the killer is looked at: what is there from the beginning.
    var prepare: () throws -> Void = {}
    /// Begins the pressure.
    var begin: () -> Void = {}
    /// Takes back what outlives the processes.
    var clear: () -> Void = {}
  }

  /// Plays.
  func run(_ play: Play) throws {
    _ = labguest_adopt_orphans()
    guard SignalTrace.begin() else { throw Refusal(reason: "this kernel does not trace signals") }
    guard let record = ProbeRecord(isNew: true) else { throw Refusal(reason: "no memory to share with the probe") }
    let process = KillerProcess(killer)
    defer { process.end() }
    if process.pid > 0, killer.start == .program { cast.add(process.pid, killer.name, .killer) }
    cast.start(.probe, "probe", .probe)
    startBystanders()
    try play.prepare()
    guard cast.settle(seconds: 60) else { throw Refusal(reason: "the processes of the scenario did not get ready") }
    guard killer.start == .none || process.isAlive else {
      process.report(to: port)
      throw Refusal(reason: "\(killer.name) does not run")
    }
    // With a killer that is its doing, and counts; without one the scenario is too large for the guest.
    if killer.start == .none, let dead = cast.members.first(where: { $0.diedAt != nil }) {
      KernelLog.report(to: port)
      throw Refusal(reason: "\(dead.name) died before the pressure began")
    }
    let headroom: Headroom
    if let (group, limit) = play.container {
      headroom = Headroom(group: group, limitBytes: Int64(limit))
    } else {
      headroom = try Headroom(isSwapCompressed: scenario.swap == .zram)
    }
    let instrument = Instrument(headroom: headroom, cast: cast, killer: process, probe: record)
    Instrument.becomeUndisturbed()
    instrument.watchCalm()
    play.begin()
    let end = instrument.watch(until: play.ending, seconds: play.seconds)
    let inside = Set(cast.members.filter { $0.parent != nil && $0.parent == play.container?.group }.map(\.pid))
    instrument.report(end, to: port) { inside.contains($0) }
    cast.end()
    play.clear()
  }

  /// What must live: a large program, one that a browser would offer to be killed, and some small ones.
  private func startBystanders() {
    cast.start(.bystander, "editor", .bystander, bytes: totalBytes / 8)
    cast.start(.bystander, "tab", .bystander, bytes: 24 << 20, adjustment: 300)
    for number in 1...4 { cast.start(.bystander, "program-\(number)", .bystander, bytes: 24 << 20) }
  }

  /// Starts a holder that leaves a share of the memory available.
  func leave(percent: Int) {
    let available = ((try? Procfs().memoryInformation())?.availableBytes).map { Int($0) } ?? 0
    let rest = available - totalBytes / 100 * percent
    if rest > 0 { cast.start(.holder, "holder", .bystander, bytes: rest & ~0xfff) }
  }
}
