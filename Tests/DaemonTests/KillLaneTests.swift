import Foundation
import ScytheLinux
import ScythePolicy
import ScytheReaper
import Synchronization
import TestSupport
import Testing

@testable import ScytheDaemon

/// The threads of a daemon, without its loop: they kill only whom a test orders to be killed.
@safe private struct Lanes: @unchecked Sendable {
  // Started once, and never stopped, as in the daemon; tests take turns.
  static let shared = Lanes()
  let threads: UnsafeMutablePointer<WatchThreads>
  private let disk: PagesOnDisk

  private init() {
    unsafe threads = UnsafeMutablePointer<WatchThreads>.allocate(capacity: 1)
    do {
      disk = try PagesOnDisk()
      let policy = PathBuffer(bytes: "\(disk.path)/policy.page".utf8)
      unsafe threads.initialize(to: try WatchThreads(policy, measured: PolicySettings()))
      try unsafe threads.pointee.start()
    } catch {
      fatalError("cannot start the lanes: \(error)")
    }
  }

  /// Has the first lane carry out an order.
  func carryOut(_ order: KillOrder, hurriedAfter nanoseconds: Int64? = nil) throws -> KillOutcome {
    let lane = unsafe threads.pointee.lanes
    unsafe lane.pointee.order = order
    unsafe lane.pointee.state.pointee.store(LaneState.ordered, ordering: .releasing)
    unsafe Threads.wake(lane.pointee.state)
    if let nanoseconds {
      MonotonicClock.sleep(nanoseconds: nanoseconds)
      unsafe lane.pointee.hurry.signal()
    }
    for _ in 0..<20_000 {
      if unsafe lane.pointee.state.pointee.load(ordering: .acquiring) == LaneState.done {
        defer { unsafe lane.pointee.state.pointee.store(LaneState.idle, ordering: .releasing) }
        return unsafe lane.pointee.outcome
      }
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    fatalError("the lane has not answered within 20 s")
  }

  /// Has the daemon go by rules.
  func setRules(_ rules: [VictimRule]) throws {
    _ = try disk.write(page(rules))
    let store = unsafe threads.pointee.store
    unsafe store.pointee.askForReload()
    unsafe threads.pointee.observations.pointee.askForLook(within: 5_000_000_000)
    #expect(unsafe !store.pointee.isReloading)
  }

  /// Has the sampler look, and reads a row.
  func row(of pid: PID) -> Candidate? {
    let board = unsafe threads.pointee.observations
    unsafe board.pointee.askForLook(within: 5_000_000_000)
    return unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.withRows { rows in rows.indices.map { rows[$0] }.first { $0.pid == pid } }
    }
  }
}

private func order(_ kind: KillOrder.Kind, _ pid: PID) throws -> KillOrder {
  var order = KillOrder()
  order.kind = kind
  order.victim.pid = pid
  order.victim.startTicks = try Procfs().stat(of: pid).startTicks
  return order
}

private func orderToKillKin(of row: Candidate) throws -> KillOrder {
  var order = try order(.kill, row.pid)
  order.victim.name = row.name
  order.victim.userID = row.userID
  order.victim.unit = row.unit
  order.victim.scope = .kin(sinceTicks: row.startTicks)
  return order
}

@Suite(.serialized) struct `A lane` {
  private let lanes = Lanes.shared

  @Test func `kills, and says what came back and when the signal was out`() throws {
    let victim = try VictimProcess("--anon", "32M")
    let outcome = try lanes.carryOut(order(.kill, victim.pid))
    guard case .killed = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(outcome.report?.fate == .exited || outcome.report?.fate == .released)
    #expect(outcome.summary.bytesBack + KernelFeatures.countLag >= 32 << 20 && outcome.summary.isAllBack)
    #expect(outcome.deliveredNanoseconds > 0 && outcome.deliveredNanoseconds < MonotonicClock.nowNanoseconds)
  }

  @Test func `releases one that cannot run`() throws {
    let victim = try VictimProcess("--anon", "32M", "--held")
    let outcome = try lanes.carryOut(order(.kill, victim.pid))
    #expect(outcome.report?.fate == .released && outcome.summary.bytesBack + KernelFeatures.countLag >= 32 << 20)
  }

  @Test func `releases one that somebody else has killed`() throws {
    let victim = try VictimProcess("--anon", "32M", "--held")
    try ProcessDescriptor(victim.pid).send(.kill)
    for _ in 0..<500 where (try? Procfs().status(of: victim.pid).isKillPending) != true { usleep(10_000) }
    let outcome = try lanes.carryOut(order(.release, victim.pid))
    #expect(outcome.report?.fate == .released && outcome.summary.bytesBack + KernelFeatures.countLag >= 32 << 20)
  }

  @Test func `does not release one that nobody has killed`() throws {
    let victim = try VictimProcess("--anon", "4M")
    let outcome = try lanes.carryOut(order(.release, victim.pid))
    guard case .refused(.notDying(victim.pid)) = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(isAlive(victim.pid))
  }

  @Test func `knows of one that has died before that it is gone`() throws {
    let victim = try VictimProcess("--anon", "4M")
    let order = try order(.release, victim.pid)
    try ProcessDescriptor(victim.pid).send(.kill)
    for _ in 0..<500 where isAlive(victim.pid) { usleep(10_000) }
    let outcome = try lanes.carryOut(order)
    guard case .refused(let error) = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(error.isGone)
    #expect(!ReaperError.notDying(victim.pid).isGone)
  }

  @Test func `does not take another for the victim`() throws {
    let victim = try VictimProcess("--anon", "4M")
    var order = try order(.kill, victim.pid)
    order.victim.startTicks -= 1
    let outcome = try lanes.carryOut(order)
    guard case .refused(.identityChanged(victim.pid)) = outcome.result else {
      Issue.record("\(outcome.result)"); return
    }
    #expect(isAlive(victim.pid))
  }

  @Test(arguments: [KillOrder.Kind.kill, .ask(graceNanoseconds: 100_000_000)])
  fileprivate func `does not touch its own process`(kind: KillOrder.Kind) throws {
    let outcome = try lanes.carryOut(order(kind, .current))
    guard case .refused(.untouchable(.current, .caller)) = outcome.result else {
      Issue.record("\(outcome.result)")
      return
    }
  }

  @Test func `kills who shares the memory too`() throws {
    let victim = try VictimProcess("--anon", "16M", "--share", "clone-vm")
    let sharer = try #require(victim.values["sharer"].flatMap { Int32($0) })
    let outcome = try lanes.carryOut(order(.kill, victim.pid))
    #expect(outcome.summary.victims == 2 && outcome.summary.isAllBack)
    #expect(!isAlive(victim.pid) && !isAlive(PID(sharer)))
  }

  @Test func `asks to end, and sees that it does`() throws {
    let victim = try VictimProcess("--anon", "4M", "--exit-on-term-after", "50")
    let outcome = try lanes.carryOut(order(.ask(graceNanoseconds: 10_000_000_000), victim.pid))
    guard case .ended = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(!isAlive(victim.pid))
  }

  @Test func `releases one that cannot run as soon as it has been asked, if it handles no SIGTERM`() throws {
    let victim: VictimProcess
    do {
      victim = try VictimProcess("--anon", "32M", "--frozen-write")
    } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
      print("not run: \(refusal)")
      return
    }
    let outcome = try lanes.carryOut(order(.ask(graceNanoseconds: 10_000_000_000), victim.pid))
    guard case .ended = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(outcome.report?.fate == .released && outcome.summary.isAllBack)
    #expect(outcome.summary.bytesBack + KernelFeatures.countLag >= 32 << 20)
  }

  @Test func `asks in vain, and leaves SIGKILL to the loop`() throws {
    let victim = try VictimProcess("--anon", "4M", "--ignore-term")
    let outcome = try lanes.carryOut(order(.ask(graceNanoseconds: 100_000_000), victim.pid))
    guard case .stayed = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(isAlive(victim.pid))
  }

  @Test func `is hurried when it waits for one that was asked`() throws {
    let victim = try VictimProcess("--anon", "4M", "--ignore-term")
    let begun = MonotonicClock.nowNanoseconds
    let order = try order(.ask(graceNanoseconds: 60_000_000_000), victim.pid)
    let outcome = try lanes.carryOut(order, hurriedAfter: 50_000_000)
    guard case .stayed = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(isAlive(victim.pid) && MonotonicClock.nowNanoseconds - begun < 30_000_000_000)
  }

  @Test func `is hurried when it waits for the exit of one that holds a mutex`() throws {
    let victim = try VictimProcess("--anon", "4M", "--robust", "held", "--held")
    let outcome = try lanes.carryOut(order(.kill, victim.pid), hurriedAfter: 50_000_000)
    #expect(outcome.report?.fate == .withheld(.held) && outcome.summary.isCancelled)
  }

  @Test func `kills a fork bomb to its last member`() throws {
    let victim = try VictimProcess("--anon", "1M", "--fork-bomb", "80", "--comm", "bomb.\(getpid() % 10_000)")
    let row = try #require(lanes.row(of: victim.pid))
    let outcome = try lanes.carryOut(orderToKillKin(of: row))
    guard case .killed = outcome.result else { Issue.record("\(outcome.result)"); return }
    var left: [Int32] = []
    try Procfs().forEachProcess { pid throws(Errno) in
      if let stat = try? Procfs().stat(of: pid), stat.name == row.name, isAlive(pid) { left.append(pid.rawValue) }
      return true
    }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func `spares of a fork bomb whom a rule spares and no look has seen`() throws {
    let disk = try PagesOnDisk()
    let program = "\(disk.path)/keeper"
    try FileManager.default.copyItem(atPath: BuiltProgram.url("scythe-victim").path, toPath: program)
    try lanes.setRules([rule(.never, (.executable, program))])
    defer { try? lanes.setRules([]) }
    let name = "bomb.\(getpid() % 10_000)"
    let victim = try VictimProcess("--anon", "1M", "--comm", name)
    let row = try #require(lanes.row(of: victim.pid))
    let another = try VictimProcess("--anon", "1M", "--comm", name)
    let spared = try VictimProcess(program: program, ["--anon", "1M", "--comm", name])
    let outcome = try lanes.carryOut(orderToKillKin(of: row))
    guard case .killed = outcome.result else { Issue.record("\(outcome.result)"); return }
    #expect(!isAlive(victim.pid) && !isAlive(another.pid))
    #expect(isAlive(spared.pid))
  }
}

@Suite(.serialized) struct `The sampler's thread` {
  @Test func `finds a new process when it is asked`() throws {
    let victim = try VictimProcess("--anon", "24M", "--comm", "sampled")
    let row = try #require(Lanes.shared.row(of: victim.pid))
    #expect(
      row.anonymousBytes + KernelFeatures.countLag >= 24 << 20 && row.name == ProcessName(Array("sampled".utf8).span))
  }

  @Test func `leaves the files of a victim alone`() throws {
    let victim = try VictimProcess("--anon", "4M")
    let board = unsafe Lanes.shared.threads.pointee.observations
    unsafe board.pointee.setVictim(victim.pid, isBeingKilled: true)
    #expect(Lanes.shared.row(of: victim.pid) == nil, "a new process that is being killed has no row")
    unsafe board.pointee.setVictim(victim.pid, isBeingKilled: false)
    #expect(Lanes.shared.row(of: victim.pid) != nil)
  }
}
