import ScytheLinux
import TestSupport
import Testing

@testable import ScythePolicy

private func context(
  _ profile: Profile = .server, total: UInt64 = 16 * gibibyte, swap: UInt64 = 0, zram: Bool = false
) -> ScoreContext {
  var sample = SystemSample.machine(total, free: 0)
  sample.memory.swapTotalBytes = swap
  sample.swap.areas = swap > 0 ? 1 : 0
  sample.swap.zramAreas = zram ? 1 : 0
  return ScoreContext(sample, PolicySettings(profile: profile))
}

func anyRow(_ pid: Int32, _ generator: inout SeededGenerator) -> Candidate {
  var row = Candidate(pid, anyNumber(&generator) % (8 * gibibyte), name: "any")
  row.swapBytes = anyNumber(&generator) % gibibyte
  row.sharedBytes = anyNumber(&generator) % gibibyte
  row.growthBytesPerSecond = anyNumber(&generator)
  row.startTicks = anyNumber(&generator) % 100_000
  row.userID = UInt32(generator.next() % 3)
  row.unit = UInt32(generator.next() % 5)
  row.group = UInt32(generator.next() % 4)
  row.scoreAdjustment = Int16.random(in: -1001...1001, using: &generator)
  if generator.next() % 3 == 0 { row.ruleWeightPercent = Int16(truncatingIfNeeded: generator.next()) }
  // Mostly nothing special.
  if generator.next() % 3 == 0 { row.classes = ProcessClasses(rawValue: 1 << (generator.next() % 12)) }
  return row
}

@Suite struct `The points of a process` {
  static let seed: UInt64 = 0x9017_7500_2026_1128

  @Test func `are all accounted for`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<5000 {
      var row = anyRow(1000, &generator)
      row.anonymousBytes = anyNumber(&generator)
      row.swapBytes = anyNumber(&generator)
      row.scoreAdjustment = Int16(truncatingIfNeeded: generator.next())
      let profile = Profile(rawValue: UInt8(generator.next() % 4))!
      let score = ScoreExplanation(
        row, context(profile, total: anyNumber(&generator), swap: anyNumber(&generator), zram: round % 2 == 0))
      let sum =
        score.anonymousPoints + score.swapPoints + score.sharedPoints + score.adjustmentPoints + score.rulePoints
        + score.classPoints + score.stillPoints
      #expect(score.totalPoints == sum, "seed \(Self.seed), round \(round)")
    }
  }

  @Test func `are the KiB that its death returns, by kind`() {
    var row = Candidate(1000, 400 * mebibyte)
    row.swapBytes = 200 * mebibyte
    row.sharedBytes = 100 * mebibyte
    let disk = ScoreExplanation(row, context(swap: gibibyte))
    #expect(disk.anonymousPoints == 400 << 10)
    #expect(disk.swapPoints == 100 << 10)
    #expect(disk.sharedPoints == 25 << 10)
    #expect(disk.totalPoints == 525 << 10)
    #expect(ScoreExplanation(row, context(swap: gibibyte, zram: true)).swapPoints == 200 << 10)
  }

  @Test(arguments: [Profile.server, .container])
  func `follow a positive oom_score_adj without bound where managers set it`(profile: Profile) {
    let tab = ScoreExplanation(Candidate(1000, 200 * mebibyte, adjustment: 300), context(profile))
    #expect(tab.adjustmentPoints == Int64(16 * gibibyte >> 10) / 1000 * 300)
  }

  @Test(arguments: [Profile.desktop, .build])
  func `follow it up to half of what the death returns where browsers do`(profile: Profile) {
    let tab = ScoreExplanation(Candidate(1000, 200 * mebibyte, adjustment: 300), context(profile))
    let hog = ScoreExplanation(Candidate(1001, 400 * mebibyte), context(profile))
    #expect(tab.adjustmentPoints == 100 << 10)
    #expect(hog.totalPoints > tab.totalPoints)
  }

  @Test(arguments: [Profile.desktop, .server, .container, .build])
  func `follow a negative oom_score_adj as in the kernel`(profile: Profile) {
    let spared = ScoreExplanation(Candidate(1000, gibibyte, adjustment: -500), context(profile))
    #expect(spared.adjustmentPoints == Int64(16 * gibibyte >> 10) / 1000 * -500)
  }

  @Test func `are a tenth for what is avoided by default, unless a rule speaks of it`() {
    for bit in 0..<16 {
      let classes = ProcessClasses(rawValue: 1 << UInt16(bit))
      var row = Candidate(1000, 1000 * mebibyte)
      row.classes = classes
      let score = ScoreExplanation(row, context())
      if ProcessClasses.avoided.contains(classes) {
        #expect(score.totalPoints == 100 << 10)
        row.ruleWeightPercent = 1
        #expect(ScoreExplanation(row, context()).classPoints == 0)
      } else {
        #expect(score.totalPoints == (classes == .groupPreferred ? 2000 : 1000) << 10)
      }
    }
  }

  @Test func `are twice as many for what its group offers, but not for what is avoided`() {
    var row = Candidate(1000, 1000 * mebibyte)
    row.classes = .groupPreferred
    #expect(ScoreExplanation(row, context()).classPoints == 1000 << 10)
    row.classes = .groupPreferred | .shellWithChildren
    #expect(ScoreExplanation(row, context()).classPoints == -900 << 10)
    row.classes = .groupPreferred
    row.ruleWeightPercent = -50
    #expect(ScoreExplanation(row, context()).totalPoints == 500 << 10)
  }

  @Test func `are a quarter for what has not grown of late, and all of them for what grew by itself within 20 s`() {
    var sample = SystemSample.machine(free: 0, at: 1000 * second)
    sample.swap.areas = 0
    let context = ScoreContext(sample, PolicySettings(profile: .server))
    var row = Candidate(1000, 1000 * mebibyte, started: 99_499)
    for (growth, points) in [(UInt64(0), 250), (25 * mebibyte, 625), (50 * mebibyte, 1000), (gibibyte, 1000)] {
      row.growthBytesPerSecond = growth
      #expect(ScoreExplanation(row, context).totalPoints == Int64(points) << 10)
    }
    row.growthBytesPerSecond = 0
    row.ruleWeightPercent = 100
    #expect(ScoreExplanation(row, context).totalPoints == 500 << 10)
    // Too young to be known as still.
    row.startTicks = 99_500
    #expect(ScoreExplanation(row, context).totalPoints == 2000 << 10)
  }

  @Test func `change by a rule's weight, whose ends hold`() {
    var row = Candidate(1000, 1000 * mebibyte)
    for (weight, points) in [(50, 1500), (-50, 500), (-100, 0), (-30_000, 0), (30_000, 11_000)] {
      row.ruleWeightPercent = Int16(weight)
      #expect(ScoreExplanation(row, context()).totalPoints == Int64(points) << 10)
    }
  }
}

@Suite struct `The standing of a process` {
  private func standing(_ change: (inout Candidate) -> Void) -> Standing {
    var row = Candidate(1000, gibibyte)
    change(&row)
    return Standing(of: row, leastBytes: 16 * mebibyte)
  }

  @Test func `says what may never be killed`() {
    #expect(standing { _ in } == .candidate)
    #expect(standing { $0.pid = PID(1) } == .initProcess)
    #expect(standing { $0.pid = PID(0) } == .initProcess)
    #expect(standing { $0.pid = PID(2) } == .candidate)
    #expect(standing { $0.classes = .kernelThread } == .kernelThread)
    #expect(standing { $0.classes = .scythe } == .scythe)
    #expect(standing { $0.scoreAdjustment = -1000 } == .adjustedOut)
    #expect(standing { $0.scoreAdjustment = -999 } == .candidate)
    #expect(standing { $0.classes = .ruledOut } == .ruledOut)
    #expect(standing { $0.classes = .groupOmitted } == .groupOmitted)
    #expect(
      standing {
        $0.classes = .groupOmitted
        $0.ruleWeightPercent = -90
      } == .candidate)
    #expect(standing { $0.classes = .sharesWithUntouchable } == .sharesWithUntouchable)
  }

  @Test func `says what cannot be killed now`() {
    #expect(standing { $0.classes = .notPermitted } == .notPermitted)
    #expect(standing { $0.classes = .dying } == .dying)
    #expect(standing { $0.classes = .kernelVictim } == .dying)
    #expect(standing { $0.anonymousBytes = 16 * mebibyte - 1024 } == .tooSmall)
    #expect(standing { $0.anonymousBytes = 16 * mebibyte } == .candidate)
  }

  @Test(arguments: [(gibibyte, 16 * mebibyte), (16 * gibibyte, 16 * gibibyte / 200)])
  func `asks for more of a victim on a larger machine`(size: UInt64, least: UInt64) {
    #expect(ScoreContext.leastVictimBytes(of: size) == least)
  }
}
