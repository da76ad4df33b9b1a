import ScytheLinux
import Testing

@testable import ScythePolicy

private func credit(_ pid: Int32, _ bytes: UInt64, expires: UInt64 = second) -> Credit {
  var credit = Credit()
  credit.victim = ProcessIdentity(PID(pid), 100)
  credit.expectedBytes = bytes
  credit.expiresNanoseconds = expires
  return credit
}

@Suite struct `The credits of kills` {
  @Test func `promise what the kills return, and less as it comes back`() {
    var credits = Credits()
    #expect(credits.promisedBytes(headroomBytes: gibibyte) == 0)
    credits.open(credit(10, 400 * mebibyte), headroomBytes: 50 * mebibyte)
    #expect(credits.promisedBytes(headroomBytes: 50 * mebibyte) == 400 * mebibyte)
    // Seen in headroom.
    #expect(credits.promisedBytes(headroomBytes: 150 * mebibyte) == 300 * mebibyte)
    credits.report(250 * mebibyte, at: 0)
    #expect(credits.promisedBytes(headroomBytes: 150 * mebibyte) == 150 * mebibyte)
    credits.report(500 * mebibyte, at: 0)
    #expect(credits.promisedBytes(headroomBytes: 150 * mebibyte) == 0)
  }

  @Test func `count what is back from the lowest point on`() {
    var credits = Credits()
    credits.open(credit(10, 400 * mebibyte), headroomBytes: 50 * mebibyte)
    credits.observe(headroomBytes: 10 * mebibyte)
    credits.observe(headroomBytes: 100 * mebibyte)
    #expect(credits.promisedBytes(headroomBytes: 100 * mebibyte) == 310 * mebibyte)
  }

  @Test func `of one kill are not eaten by what another one has returned`() {
    var credits = Credits()
    credits.open(credit(10, 400 * mebibyte), headroomBytes: 0)
    credits.open(credit(11, 300 * mebibyte), headroomBytes: 0)
    credits.report(400 * mebibyte, at: 0)
    credits.close(0, headroomBytes: 400 * mebibyte)
    #expect(credits.promisedBytes(headroomBytes: 400 * mebibyte) == 300 * mebibyte)
  }

  @Test(arguments: [
    (UInt64(0), 250 * millisecond), (gibibyte, 750 * millisecond), (3 * gibibyte, 1750 * millisecond),
    (8 * gibibyte, 2 * second), (UInt64.max, 2 * second),
  ])
  func `hold for a time that depends on their size, up to two seconds`(bytes: UInt64, nanoseconds: UInt64) {
    #expect(Credits.lifetime(of: bytes) == nanoseconds)
  }

  @Test func `expire when their time is over`() {
    var credits = Credits()
    credits.open(credit(10, gibibyte, expires: 5 * second), headroomBytes: 0)
    credits.open(credit(11, gibibyte, expires: 3 * second), headroomBytes: 0)
    #expect(credits.nextExpiryNanoseconds == 3 * second)
    #expect(!credits.isExpired(1, at: 3 * second - 1))
    #expect(credits.isExpired(1, at: 3 * second) && !credits.isExpired(0, at: 3 * second))
  }

  @Test func `that are too many let the next to expire go`() {
    var credits = Credits()
    for index in 0..<PolicyConstants.openCredits {
      credits.open(
        credit(Int32(10 + index), mebibyte, expires: UInt64(index == 5 ? 1 : 100) * second), headroomBytes: 0)
    }
    credits.open(credit(99, mebibyte, expires: 100 * second), headroomBytes: 0)
    #expect(credits.count == PolicyConstants.openCredits)
    #expect(credits.index(of: ProcessIdentity(PID(15), 100)) == nil)
    #expect(credits.index(of: ProcessIdentity(PID(99), 100)) != nil)
  }

  @Test func `have the room that the constants say`() {
    var spent = SpentVictims()
    for index in 0...PolicyConstants.spentVictims { spent.insert(credit(Int32(10 + index), 1)) }
    #expect(!spent.contain(Candidate(10, 1)))
    #expect(spent.contain(Candidate(11, 1)))
    #expect(spent.contain(Candidate(Int32(10 + PolicyConstants.spentVictims), 1)))
    #expect(!SpentVictims().contain(Candidate(0, 1, started: 0)))
  }
}

@Suite struct `Futile kills` {
  @Test func `is reached by two kills in a row that return under a quarter of the shortage`() {
    var futility = Futility()
    futility.judge(returnedBytes: 24, shortageBytes: 100)
    #expect(!futility.isReached)
    #expect(futility.event() == nil)
    futility.judge(returnedBytes: 24, shortageBytes: 100)
    #expect(futility.isReached)
    #expect(futility.event() == .killsAreFutile(shortageBytes: 100, returnedBytes: 24))
    #expect(futility.event() == nil)
    futility.reset()
    #expect(!futility.isReached)
  }

  @Test func `is not reached if one in between helps`() {
    var futility = Futility()
    futility.judge(returnedBytes: 0, shortageBytes: 100)
    futility.judge(returnedBytes: 25, shortageBytes: 100)
    futility.judge(returnedBytes: 0, shortageBytes: 100)
    #expect(!futility.isReached)
  }
}

@Suite struct `The history of units` {
  private func history(_ seconds: [UInt64], unit: UInt32 = 5) -> UnitHistory {
    var history = UnitHistory()
    for time in seconds { history.insert(unit: unit, at: time * second) }
    return history
  }

  @Test func `pauses a unit from its third kill in ten minutes on`() {
    #expect(history([100, 200]).event(unit: 5) == nil)
    #expect(
      history([100, 200, 699]).event(unit: 5)
        == .unitKeepsComing(unit: 5, kills: 3, pausedUntilNanoseconds: 729 * second))
    #expect(history([100, 200, 700]).event(unit: 5) == nil)
    #expect(history([100, 200, 300]).event(unit: 6) == nil)
    #expect(history([100, 200, 300], unit: 0).event(unit: 0) == nil)
  }

  @Test func `pauses for twice as long each time, and at most for ten minutes`() {
    for (kills, pause) in [(3, 30), (4, 60), (5, 120), (6, 240), (7, 480), (8, 600), (60, 600)] {
      let times = (0..<kills).map { UInt64(1000 + $0) }
      #expect(history(times).pausedUntil(unit: 5) == UInt64(1000 + kills - 1 + pause) * second)
    }
  }

  @Test func `forgets a kill that did not happen, and the oldest of too many`() {
    var kills = history([100, 200, 300])
    kills.remove(unit: 5, at: 300 * second)
    #expect(kills.pausedUntil(unit: 5) == 0)
    var many = history([100, 200, 300])
    for index in 0..<PolicyConstants.rememberedKills - 2 { many.insert(unit: 9, at: UInt64(400 + index) * second) }
    #expect(many.pausedUntil(unit: 5) == 0)
    var fewer = history([100, 200, 300])
    for index in 0..<PolicyConstants.rememberedKills - 3 { fewer.insert(unit: 9, at: UInt64(400 + index) * second) }
    #expect(fewer.pausedUntil(unit: 5) != 0)
  }
}

@Suite struct `A loss of memory` {
  /// The account of a calm machine, and what it is after a second in which something has changed.
  private func changed(_ change: (inout SystemSample) -> Void) -> (account: LossAccount, sample: SystemSample) {
    var calm = SystemSample.machine(free: 8 * gibibyte)
    calm.memory.swapTotalBytes = 4 * gibibyte
    calm.memory.swapFreeBytes = 4 * gibibyte
    calm.processes = ProcessTotals()
    var account = LossAccount()
    account.take(calm, isCalm: true)
    var sample = calm.later(second)
    change(&sample)
    return (account, sample)
  }

  private func loss(_ change: (inout SystemSample) -> Void) -> (lostBytes: UInt64, explainedBytes: UInt64) {
    let (account, sample) = changed(change)
    return account.loss(until: sample)
  }

  @Test func `to a process is explained by anonymous memory`() {
    let found = loss {
      $0.memory.freeBytes -= 6 * gibibyte
      $0.kinds.anonymousBytes += 6 * gibibyte
    }
    #expect(found == (6 * gibibyte, 6 * gibibyte))
  }

  @Test func `to tmpfs is explained by nobody, in memory and in swap`() {
    let found = loss {
      $0.memory.freeBytes -= 6 * gibibyte
      $0.kinds.sharedBytes += 6 * gibibyte
    }
    #expect(found == (6 * gibibyte, 0))
    let swapped = loss {
      $0.memory.freeBytes -= 6 * gibibyte
      $0.kinds.sharedBytes += 6 * gibibyte
      $0.memory.swapFreeBytes -= 3 * gibibyte
      $0.paging.swapOutBytes = 3 * gibibyte
      $0.processes!.swapOutBytesAtLook = 3 * gibibyte
    }
    #expect(swapped == (9 * gibibyte, 0))
  }

  @Test func `to shared memory that processes have mapped is theirs, up to what there is`() {
    let found = loss {
      $0.memory.freeBytes -= 6 * gibibyte
      $0.kinds.sharedBytes += 6 * gibibyte
      $0.processes!.sharedBytes = 60 * gibibyte
    }
    #expect(found == (6 * gibibyte, 6 * gibibyte))
  }

  @Test func `to swap is explained by what processes have there, or may have since they were looked at`() {
    let looked = loss {
      $0.memory.swapFreeBytes -= 3 * gibibyte
      $0.paging.swapOutBytes = 3 * gibibyte
      $0.processes!.swapBytes = 2 * gibibyte
      $0.processes!.swapOutBytesAtLook = 3 * gibibyte
    }
    #expect(looked == (3 * gibibyte, 2 * gibibyte))
    let stale = loss {
      $0.memory.swapFreeBytes -= 3 * gibibyte
      $0.paging.swapOutBytes = 3 * gibibyte
    }
    #expect(stale == (3 * gibibyte, 3 * gibibyte))
    let unseen = loss {
      $0.memory.swapFreeBytes -= 3 * gibibyte
      $0.processes = nil
    }
    #expect(unseen == (3 * gibibyte, 3 * gibibyte))
  }

  @Test func `is nobody's below a quarter explained`() {
    let account = LossAccount()
    #expect(account.isUnexplained((100, 24), leastBytes: 50))
    #expect(!account.isUnexplained((100, 25), leastBytes: 50))
    #expect(!account.isUnexplained((49, 0), leastBytes: 50))
    #expect(!account.isUnexplained((0, 0), leastBytes: 0))
  }

  @Test func `is of files if these grew by more than all processes, in memory or in swap`() {
    func isOfFiles(_ change: (inout SystemSample) -> Void) -> Bool {
      let (account, sample) = changed(change)
      return account.isOfFiles(until: sample, leastBytes: 16 * mebibyte)
    }
    #expect(isOfFiles { $0.kinds.sharedBytes += 16 * mebibyte })
    #expect(!isOfFiles { $0.kinds.sharedBytes += 15 * mebibyte })
    #expect(
      !isOfFiles {
        $0.kinds.sharedBytes += 100 * mebibyte
        $0.kinds.anonymousBytes += 100 * mebibyte
      })
    // Written to swap at once; and the same by a process.
    #expect(
      isOfFiles {
        $0.memory.swapFreeBytes -= gibibyte
        $0.paging.swapOutBytes = gibibyte
        $0.processes!.swapOutBytesAtLook = gibibyte
      })
    #expect(
      !isOfFiles {
        $0.memory.swapFreeBytes -= gibibyte
        $0.paging.swapOutBytes = gibibyte
        $0.processes!.swapOutBytesAtLook = gibibyte
        $0.processes!.swapBytes = gibibyte
      })
    // Nobody has looked since: it may be a process.
    #expect(
      !isOfFiles {
        $0.memory.swapFreeBytes -= gibibyte
        $0.paging.swapOutBytes = gibibyte
      })
    #expect(
      !isOfFiles {
        $0.kinds.sharedBytes += gibibyte
        $0.processes!.sharedBytes = gibibyte
      })
  }

  @Test func `is counted from the last calm sample, or from the first`() {
    var account = LossAccount()
    account.take(.machine(free: 4 * gibibyte), isCalm: false)
    account.take(.machine(free: 3 * gibibyte), isCalm: false)
    #expect(account.loss(until: .machine(free: gibibyte)).lostBytes == 3 * gibibyte)
    account.take(.machine(free: 2 * gibibyte), isCalm: true)
    #expect(account.loss(until: .machine(free: gibibyte)).lostBytes == gibibyte)
  }
}
