import ScytheLinux
import Testing

@testable import ScythePolicy

/// A fork bomb that has just started.
private func bomb(at sample: SystemSample) -> [Candidate] {
  let young = sample.bootNanoseconds / 10_000_000
  return (0..<100).map { Candidate(Int32(100 + $0), 24 * mebibyte, name: "bomb", started: young) }
}

@Suite struct `A decision` {
  @Test func `is to do nothing while there is enough, and to look again in time`() {
    var policy = Policy(.blunt())
    let decision = policy.decide(.machine(free: 8 * gibibyte))
    #expect(decision.action == .nothing)
    #expect(decision.restraint == .enough)
    #expect(decision.rule == nil)
    let wait = (8 * gibibyte - reserve).nanoseconds(atPerSecond: 10 * gibibyte) / 2
    #expect(decision.lookAgainAtNanoseconds == second + wait)
  }

  @Test func `looks again within 5 ms and 5 s`() {
    var settings = PolicySettings()
    settings.fillCeilingBytesPerSecond = mebibyte
    var policy = Policy(settings)
    #expect(policy.decide(.machine(free: 8 * gibibyte)).lookAgainAtNanoseconds == 6 * second)
    policy.settings.fillCeilingBytesPerSecond = .max
    #expect(policy.decide(SystemSample.machine(free: 8 * gibibyte).later(1)).lookAgainAtNanoseconds == 1_005_000_001)
  }

  @Test func `to kill rests on a close look, on one sample below the emergency line`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(emergency - 1)
    let first = policy.decide(sample, hogs)
    #expect(first.action == .lookCloser)
    #expect(first.rule == .emergency)
    #expect(first.lookAgainAtNanoseconds == sample.monotonicNanoseconds)
    let second = policy.decide(sample.close, hogs)
    #expect(second.action == .kill)
    #expect(second.victim?.pid == PID(10))
    #expect(second.victim?.expectedBytes == 8 * gibibyte)
  }

  @Test func `spares everybody if the memory is on the per-CPU lists, and does not look there all the time`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(emergency - 1)
    sample.perCPUListBytes = 500 * mebibyte
    #expect(policy.decide(sample, hogs).action == .lookCloser)
    #expect(policy.decide(sample.close, hogs).action == .nothing)
    #expect(policy.decide(sample.later(5 * millisecond), hogs).action == .nothing)
    #expect(policy.decide(sample.later(10 * millisecond), hogs).action == .lookCloser)
  }

  @Test func `by the floor rule needs two samples`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(reserve - 1)
    let first = policy.decide(sample, hogs)
    #expect(first.restraint == .unconfirmed)
    #expect(first.lookAgainAtNanoseconds <= sample.monotonicNanoseconds + PolicyConstants.confirmNanoseconds)
    let early = policy.decide(sample.later(PolicyConstants.confirmNanoseconds - 1), hogs)
    #expect(early.restraint == .unconfirmed)
    let last = policy.decideClosely(sample.later(PolicyConstants.confirmNanoseconds), hogs)
    #expect(last.action == .kill)
    #expect(last.rule == .floor)
  }

  @Test func `by the floor rule forgets a sample that was followed by a good one`() {
    var (policy, sample) = calmPolicy()
    _ = policy.decide(sample.free(reserve - 1), hogs)
    _ = policy.decide(sample.later(5 * millisecond).free(reserve), hogs)
    let decision = policy.decideClosely(sample.later(11 * millisecond).free(reserve - 1), hogs)
    #expect(decision.restraint == .unconfirmed)
  }

  @Test func `by the floor rule is none where the rule is off`() {
    var settings = PolicySettings.blunt()
    settings.floorRule = false
    var (policy, sample) = calmPolicy(settings)
    for step in 0..<10 {
      let decision = policy.decideClosely(sample.later(UInt64(step) * second).free(reserve - 1), hogs)
      #expect(decision.restraint == .enough)
    }
  }

  /// Samples at 10 ms, of which each has so much less; the last lies at `end`.
  private func fill(_ settings: PolicySettings, by step: UInt64, to end: UInt64) -> Decision {
    var (policy, sample) = calmPolicy(settings)
    var decision = Decision()
    for index in 0...5 {
      let left = end + step * UInt64(5 - index)
      decision = policy.decideClosely(sample.later(UInt64(index) * 10 * millisecond).free(left), hogs)
    }
    return decision
  }

  @Test func `by the deadline rule is made when the fill will not wait for it`() {
    var settings = PolicySettings.blunt()
    settings.latencyNanoseconds = 50 * millisecond
    // 2 GiB/s fill 102 MiB before a signal is out.
    let step = (2 * gibibyte).over(nanoseconds: 10 * millisecond)
    let latency = (2 * gibibyte).over(nanoseconds: 50 * millisecond)
    let kill = fill(settings, by: step, to: reserve + latency - mebibyte)
    #expect(kill.action == .kill)
    #expect(kill.rule == .deadline)
    #expect(fill(settings, by: step, to: reserve + latency + mebibyte).action == .nothing)
    settings.deadlineRule = false
    #expect(fill(settings, by: step, to: reserve + latency - mebibyte).action == .nothing)
  }

  @Test func `by the deadline rule is none above the cap, whatever the fill`() {
    var settings = PolicySettings.blunt()
    settings.latencyNanoseconds = second
    let cap = LineExplanation(sizeBytes: 16 * gibibyte).capBytes
    #expect(fill(settings, by: gibibyte, to: cap).action == .nothing)
    #expect(fill(settings, by: gibibyte, to: cap - mebibyte).action == .kill)
  }

  @Test func `waits for a kill that will bring enough, and kills again when its time is over`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(reserve - mebibyte)
    _ = policy.decide(sample, hogs)
    #expect(policy.decideClosely(sample.later(10 * millisecond), hogs).action == .kill)
    let waiting = policy.decideClosely(sample.later(20 * millisecond), hogs)
    #expect(waiting.restraint == .credit)
    #expect(waiting.creditBytes == 8 * gibibyte)
    let expiry = 10 * millisecond + Credits.lifetime(of: 8 * gibibyte)
    #expect(policy.decideClosely(sample.later(expiry - 1), hogs).restraint == .credit)
    let next = policy.decideClosely(sample.later(expiry), hogs)
    #expect(next.action == .kill)
    #expect(next.victim?.pid == PID(11))
    #expect(policy.score(of: hogs[0], in: sample).standing == .spent)
    #expect(policy.score(of: hogs[1], in: sample).standing == .dying)
    #expect(policy.score(of: hogs[2], in: sample).standing == .candidate)
  }

  @Test func `kills again at once when a kill has ended and did not bring enough`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(reserve - mebibyte)
    _ = policy.decide(sample, hogs)
    #expect(policy.decideClosely(sample.later(10 * millisecond), hogs).action == .kill)
    policy.killEnded(PID(10), startTicks: 100, bytesBack: 8 * gibibyte)
    #expect(policy.decideClosely(sample.later(20 * millisecond), Array(hogs[1...])).action == .kill)
  }

  @Test func `below the emergency line is one kill in 100 ms, on headroom alone`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(10))
    let soon = policy.decideClosely(sample.later(PolicyConstants.emergencyIntervalNanoseconds - 1), hogs)
    #expect(soon.restraint == .tooSoon)
    #expect(soon.lookAgainAtNanoseconds >= sample.monotonicNanoseconds + PolicyConstants.emergencyIntervalNanoseconds)
    let next = policy.decideClosely(sample.later(PolicyConstants.emergencyIntervalNanoseconds), hogs)
    #expect(next.action == .kill)
    #expect(next.victim?.pid == PID(11))
  }

  @Test func `is to kill nobody after two futile kills, once said, until the shortage is over`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    #expect(policy.decideClosely(sample, hogs).action == .kill)
    policy.killEnded(PID(10), startTicks: 100, bytesBack: mebibyte)
    #expect(policy.decideClosely(sample.later(second), Array(hogs[1...])).action == .kill)
    policy.killEnded(PID(11), startTicks: 100, bytesBack: mebibyte)
    let resigned = policy.decideClosely(sample.later(2 * second), Array(hogs[2...]))
    #expect(resigned.restraint == .futile)
    guard case .killsAreFutile? = resigned.event else {
      Issue.record("\(String(describing: resigned.event))")
      return
    }
    #expect(policy.decideClosely(sample.later(3 * second), Array(hogs[2...])).event == nil)
    _ = policy.decide(sample.later(4 * second).free(4 * gibibyte), hogs)
    #expect(policy.decideClosely(sample.later(5 * second), Array(hogs[2...])).action == .kill)
  }

  @Test func `goes on where kills help later than their credit lasts`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    #expect(policy.decideClosely(sample, hogs).action == .kill)
    #expect(policy.decideClosely(sample.later(10 * second), Array(hogs[1...])).action == .kill)
    policy.killEnded(PID(10), startTicks: 100, bytesBack: 8 * gibibyte)
    let next = policy.decideClosely(sample.later(20 * second), Array(hogs[2...]))
    #expect(next.action == .kill, "\(next.restraint)")
    // The last two have returned nothing yet.
    #expect(policy.decideClosely(sample.later(30 * second), Array(hogs[3...])).restraint == .futile)
    policy.killEnded(PID(11), startTicks: 100, bytesBack: 0)
    #expect(policy.decideClosely(sample.later(31 * second), Array(hogs[3...])).restraint == .futile)
    policy.killEnded(PID(12), startTicks: 100, bytesBack: gibibyte)
    let last = policy.decideClosely(sample.later(32 * second), Array(hogs[3...]))
    #expect(last.restraint != .futile)
  }

  @Test func `is to kill nobody for what no process has, even below the emergency line`() {
    var (policy, sample) = calmPolicy()
    sample.memory.freeBytes = 0
    sample.kinds.sharedBytes = 8 * gibibyte
    let decision = policy.decideClosely(sample, hogs)
    #expect(decision.restraint == .unexplained)
    #expect(decision.event == .lossUnexplained(lostBytes: 8 * gibibyte, explainedBytes: 0))
    let again = policy.decideClosely(sample.later(second), hogs)
    #expect(again.restraint == .unexplained)
    #expect(again.event == nil)
  }

  @Test func `is to kill nobody where nobody can be killed, once said`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    let decision = policy.decideClosely(sample, [Candidate(1, gibibyte)])
    #expect(decision.restraint == .noVictim)
    #expect(decision.event == .noVictim(shortageBytes: reserve))
    #expect(policy.decideClosely(sample.later(second), []).event == nil)
    #expect(policy.decideClosely(sample.later(2 * second), hogs).action == .kill)
  }

  @Test func `about a unit that keeps coming is left to the floor rule`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    for kill in 0..<3 {
      var row = Candidate(Int32(100 + kill), 4 * gibibyte)
      row.unit = 5
      let decision = policy.decideClosely(sample.later(UInt64(kill) * second), [row])
      #expect(decision.action == .kill)
      policy.killEnded(row.pid, startTicks: 100, bytesBack: 4 * gibibyte)
      #expect((decision.event != nil) == (kill == 2))
    }
    var row = Candidate(200, 4 * gibibyte)
    row.unit = 5
    var thrashing = sample.later(3 * second).free(100 * mebibyte)
    thrashing.memory.inactiveFileBytes = gibibyte
    var paused: Decision?
    for tenth in 0..<40 {
      var now = thrashing.later(UInt64(tenth) * second / 10)
      now.pressure = PressureTotals(fullMicroseconds: UInt64(tenth) * 50_000)
      now.paging.fileRefaultBytes = UInt64(tenth) * 100 * mebibyte
      paused = policy.decideClosely(now, [row, Candidate(300, gibibyte)])
      #expect(paused?.isSignal == false)
    }
    #expect(paused?.rule == .thrash)
    #expect(paused?.restraint == .unitPaused)
    thrashing.memory.inactiveFileBytes = 0
    let last = policy.decideClosely(thrashing.later(5 * second).free(0), [row, Candidate(300, gibibyte)])
    #expect(last.action == .kill)
    #expect(last.victim?.pid == PID(200))
  }

  @Test func `by the thrash rule needs no low headroom, and waits for the kill before`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(100 * mebibyte)
    sample.memory.inactiveFileBytes = gibibyte
    var kills: [UInt64] = []
    for tenth in 0..<100 {
      var now = sample.later(UInt64(tenth) * second / 10)
      now.pressure = PressureTotals(fullMicroseconds: UInt64(tenth) * 50_000)
      now.paging.fileRefaultBytes = UInt64(tenth) * 100 * mebibyte
      if policy.decideClosely(now, hogs).action == .kill { kills.append(UInt64(tenth)) }
    }
    // Within a second it is measured, and a second later it is a thrash; a credit of 8 GiB holds for two.
    #expect(kills.first == 21 || kills.first == 20)
    #expect(kills.count >= 2)
    #expect(kills[1] >= kills[0] + 20)
  }

  @Test func `comes when somebody is free to carry it out, and is about who is largest then`() {
    var (policy, sample) = calmPolicy()
    sample = sample.later(second).free(emergency - 1)
    policy.settings.isOccupied = true
    let held = policy.decideClosely(sample, hogs)
    #expect(held.action == .nothing && held.restraint == .occupied && held.creditBytes == 0)
    policy.settings.isOccupied = false
    let kill = policy.decideClosely(sample.later(millisecond), [Candidate(13, 9 * gibibyte)] + hogs)
    #expect(kill.action == .kill && kill.victim?.pid == PID(13))
  }

  @Test func `about a fork bomb means nobody else while its members die, and then its next members`() {
    var (policy, sample) = calmPolicy(.blunt())
    let emergency = LineExplanation(sizeBytes: sample.memory.totalBytes).emergencyBytes
    sample = sample.later(second).free(emergency - 1)
    let rows = [Candidate(10, 300 * mebibyte)] + bomb(at: sample)
    let first = policy.decideClosely(sample, rows)
    #expect(first.action == .kill && first.rule == .emergency && first.victim?.members == 100)
    let during = policy.decideClosely(sample.later(150 * millisecond), rows)
    #expect(during.action == .nothing && during.restraint == .credit)
    var ended = policy
    ended.killEnded(first.victim?.pid ?? PID(0), startTicks: first.victim?.startTicks ?? 0, bytesBack: 0)
    let next = ended.decideClosely(sample.later(300 * millisecond), rows)
    #expect(next.action == .kill && next.victim?.members ?? 0 > 90)
    #expect(next.victim?.pid != first.victim?.pid, "one that was killed is not chosen again")
    let last = policy.decideClosely(sample.later(PolicyConstants.kinCreditNanoseconds - 1), rows)
    #expect(last.restraint == .credit)
    let end = sample.later(PolicyConstants.kinCreditNanoseconds)
    let later = policy.decideClosely(end, [rows[0]] + bomb(at: end))
    #expect(later.action == .kill && later.victim?.members == 100)
  }

  @Test func `about a fork bomb is never a polite one, nor judged by what came back of what its members share`() {
    var (policy, sample) = calmPolicy(PolicySettings())
    sample = sample.later(second).free(reserve - mebibyte)
    _ = policy.decide(sample, bomb(at: sample))
    for _ in 0..<3 {
      // No gap in which time would seem to have jumped.
      for _ in 0..<4 {
        sample = sample.later(PolicyConstants.kinCreditNanoseconds / 4)
        #expect(policy.decide(sample, bomb(at: sample)).action != .kill)
      }
      let decision = policy.decideClosely(sample, bomb(at: sample))
      #expect(decision.action == .kill && decision.victim?.members ?? 0 > 90)
    }
  }

  @Test func `is to release a victim of the kernel at once, and only once`() {
    var (policy, sample) = calmPolicy()
    var rows = hogs
    rows[1].classes = .kernelVictim | .dying
    let decision = policy.decide(sample, rows)
    #expect(decision.action == .releaseKernelVictim)
    #expect(decision.rule == .kernel)
    #expect(decision.victim?.pid == PID(11))
    #expect(policy.decide(sample.later(millisecond), rows).action == .nothing)
    // Its memory is waited for as if it were Scythe's own.
    #expect(policy.decide(sample.later(millisecond), rows).creditBytes == 2 * gibibyte)
  }

  @Test func `counts on the kills of others, and does not judge them`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(reserve - mebibyte)
    policy.strangerKilled(hogs[0], at: sample.monotonicNanoseconds)
    _ = policy.decide(sample, hogs)
    #expect(policy.decideClosely(sample.later(10 * millisecond), hogs).restraint == .credit)
  }

  @Test func `counts on a kill of another once, and on no end of a small process`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(reserve - mebibyte)
    let small = Candidate(13, PolicyConstants.leastVictimBytes - 1024)
    policy.strangerKilled(small, at: sample.monotonicNanoseconds)
    policy.strangerKilled(hogs[1], at: sample.monotonicNanoseconds)
    #expect(policy.decide(sample, hogs).creditBytes == 2 * gibibyte)
    // It is stuck: what it promised has expired, and is not promised again.
    sample = sample.later(PolicyConstants.mostCreditNanoseconds)
    #expect(policy.decide(sample, hogs).creditBytes == 0)
    policy.strangerKilled(hogs[1], at: sample.monotonicNanoseconds)
    #expect(policy.decide(sample, hogs).creditBytes == 0)
  }

  @Test func `chooses nobody again whose kill has ended, though the table still has it`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(10))
    policy.killEnded(PID(10), startTicks: 100, bytesBack: 8 * gibibyte)
    #expect(policy.decideClosely(sample.later(second), hogs).victim?.pid == PID(11))
  }

  @Test func `means another one at once if the signal failed`() {
    var (policy, sample) = calmPolicy()
    sample = sample.free(0)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(10))
    policy.signalFailed(PID(10), startTicks: 100)
    let next = policy.decideClosely(sample.later(10 * millisecond), hogs)
    #expect(next.action == .kill)
    #expect(next.victim?.pid == PID(11))
  }
}
