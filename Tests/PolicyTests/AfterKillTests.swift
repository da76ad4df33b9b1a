import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `What came of a kill` {
  @Test func `of the kernel's that was over already lifts no interval`() {
    var (policy, sample) = calmPolicy()
    sample = sample.later(second).free(0)
    #expect(policy.decideClosely(sample, hogs).rule == .emergency)
    var rows = hogs
    rows[1].classes = .kernelVictim | .dying
    let release = policy.decideClosely(sample.later(10 * millisecond), rows)
    #expect(release.action == .releaseKernelVictim && release.victim?.pid == PID(11))
    policy.signalFailed(PID(11), startTicks: 100)
    let next = policy.decideClosely(sample.later(20 * millisecond), rows)
    #expect(next.action == .nothing && next.restraint == .tooSoon)
  }

  @Test func `of the kernel's waits while nobody is free to release it, and the rules are asked`() {
    var (policy, sample) = calmPolicy()
    sample = sample.later(second).free(0)
    policy.settings.isOccupied = true
    var rows = hogs
    rows[1].classes = .kernelVictim | .dying
    let held = policy.decideClosely(sample, rows)
    #expect(held.rule == .emergency && held.restraint == .occupied)
    policy.settings.isOccupied = false
    #expect(policy.decideClosely(sample.later(millisecond), rows).action == .releaseKernelVictim)
  }

  @Test func `that was given up for the next one does not count as futile`() {
    func third(_ end: (inout Policy, PID) -> Void) -> Decision {
      var (policy, sample) = calmPolicy()
      sample = sample.later(second).free(0)
      for kill in 0..<2 {
        _ = policy.decideClosely(sample.later(UInt64(kill) * 100 * millisecond), hogs)
        end(&policy, PID(10 + Int32(kill)))
      }
      return policy.decideClosely(sample.later(200 * millisecond), hogs)
    }
    let next = third { policy, pid in policy.killGivenUp(pid, startTicks: 100, bytesBack: 0) }
    #expect(next.action == .kill && next.victim?.pid == PID(12))
    #expect(third { policy, pid in policy.killEnded(pid, startTicks: 100, bytesBack: 0) }.restraint == .futile)
  }

  @Test(arguments: [VictimScope.group, .kin(sinceTicks: 0)])
  func `spares nobody for good but the victim`(scope: VictimScope) {
    var credit = Credit()
    credit.victim = ProcessIdentity(PID(10), 100)
    credit.scope = scope
    credit.group = 7
    credit.name = hogs[1].name
    credit.userID = hogs[1].userID
    var later = hogs[1]
    later.group = 7
    #expect(credit.takes(later) && !credit.spent.takes(later) && credit.spent.takes(hogs[0]))
  }

  @Test func `of somebody else's is forgotten before one of its own`() {
    var credits = Credits()
    var own = Credit()
    own.victim = ProcessIdentity(PID(1), 100)
    own.decidedNanoseconds = 1
    credits.open(own, headroomBytes: 0)
    for pid: Int32 in 2...16 {
      var other = Credit()
      other.victim = ProcessIdentity(PID(pid), 100)
      other.expiresNanoseconds = UInt64(pid) * second
      credits.open(other, headroomBytes: 0)
    }
    own.victim = ProcessIdentity(PID(17), 100)
    credits.open(own, headroomBytes: 0)
    #expect(credits.count == 16 && credits.index(of: ProcessIdentity(PID(2), 100)) == nil)
    #expect(credits.index(of: ProcessIdentity(PID(1), 100)) != nil)
  }
}
