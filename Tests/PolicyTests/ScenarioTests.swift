import ScytheLinux
import Testing

@testable import ScythePolicy

private let hogPID = PID(666)

/// What else runs on the machine: an eighth of it, a browser's tab that offers itself, and four small ones.
private func bystanders(_ total: UInt64) -> [Simulation.Process] {
  [
    Simulation.Process(row: Candidate(100, total / 8, name: "bystander")),
    Simulation.Process(row: Candidate(101, total / 40, name: "tab", adjustment: 300)),
  ] + (0..<4).map { Simulation.Process(row: Candidate(110 + $0, total / 40, name: "bystander")) }
}

private func hog(
  _ rate: UInt64, most: UInt64 = 1 << 40, pid: PID = hogPID, size: UInt64 = 0
) -> Simulation.Process {
  Simulation.Process(row: Candidate(pid.rawValue, size, name: "hog", started: 90_000), rate: rate, most: most)
}

private func simulation(
  _ total: UInt64 = 16 * gibibyte, _ settings: PolicySettings = PolicySettings(), _ processes: Simulation.Process...
) -> Simulation {
  Simulation(total, settings, bystanders(total) + processes)
}

@Suite struct `On a machine` {
  @Test(arguments: [
    (gibibyte, 200 * mebibyte), (gibibyte, gibibyte), (16 * gibibyte, 200 * mebibyte), (16 * gibibyte, 5 * gibibyte),
    (64 * gibibyte, 8 * gibibyte),
  ])
  func `with a fast hog and no swap the hog dies, alone, late, and before the kernel acts`(total: UInt64, rate: UInt64)
  {
    var machine = simulation(total, PolicySettings(), hog(rate))
    machine.run(100 * second)
    #expect(machine.kills.map { $0.pid } == [hogPID])
    #expect(!machine.kernelWasNeeded)
    let line = LineExplanation(sizeBytes: total)
    // As late as what is filled in 15 ms, above the reserve.
    #expect(machine.kills.allSatisfy { $0.headroomBytes < line.reserveBytes + rate * 15 / 1000 })
  }

  @Test func `with a slow leak the leak is asked first, and then dies alone`() {
    var machine = simulation(16 * gibibyte, PolicySettings(), hog(20 * mebibyte, size: 11 * gibibyte))
    machine.run(100 * second)
    #expect(machine.politeSignals == [hogPID])
    #expect(machine.kills.map { $0.pid } == [hogPID])
    #expect(!machine.kernelWasNeeded)
  }

  @Test func `with a disk for swap the hog dies before swap is full, once swapping does not keep pace`() {
    var machine = simulation(16 * gibibyte, PolicySettings(), hog(gibibyte))
    machine.swapTotal = 8 * gibibyte
    machine.swapRate = 100 * mebibyte
    machine.run(100 * second)
    #expect(machine.kills.map { $0.pid } == [hogPID])
    #expect(!machine.kernelWasNeeded)
    // Two seconds to measure it, at most.
    #expect(machine.swapOut < 400 * mebibyte)
  }

  @Test func `with a disk that keeps pace swap is used before anybody dies`() {
    var machine = simulation(16 * gibibyte, PolicySettings(), hog(80 * mebibyte, size: 11 * gibibyte))
    machine.swapTotal = 4 * gibibyte
    machine.swapRate = 100 * mebibyte
    machine.run(200 * second)
    #expect(machine.kills.map { $0.pid } == [hogPID])
    #expect(machine.swapOut > 3 * gibibyte)
    #expect(!machine.kernelWasNeeded)
  }

  @Test(arguments: [false, true])
  func `with zram the hog dies before the pool has eaten the memory`(isFast: Bool) {
    var machine = simulation(gibibyte, PolicySettings(), hog(isFast ? gibibyte : 100 * mebibyte))
    machine.swapTotal = 512 * mebibyte
    machine.swapRate = isFast ? 150 * mebibyte : gibibyte
    machine.isZram = true
    machine.run(60 * second)
    #expect(machine.kills.map { $0.pid } == [hogPID])
    #expect(!machine.kernelWasNeeded)
    // Where zram keeps pace its room is used; where it does not, nobody waits for its end.
    if isFast { #expect(machine.swapOut < 400 * mebibyte) } else { #expect(machine.swapOut > 400 * mebibyte) }
  }

  @Test func `with two hogs the second kill comes too, and no third`() {
    var machine = simulation(
      16 * gibibyte, PolicySettings(), hog(2 * gibibyte), hog(2 * gibibyte, pid: PID(667)))
    machine.run(60 * second)
    #expect(Set(machine.kills.map { $0.pid.rawValue }) == [666, 667])
    #expect(machine.kills.count == 2)
    #expect(!machine.kernelWasNeeded)
  }

  @Test func `with a full tmpfs nobody dies, and it is said once`() {
    var filler = hog(500 * mebibyte, most: 10 * gibibyte)
    filler.fillsTmpfs = true
    filler.row.anonymousBytes = 20 * mebibyte
    var machine = simulation(16 * gibibyte, PolicySettings(), filler)
    // What stays is above nothing, so that the machine lives on with it.
    let room = machine.free - machine.watermark
    machine.processes[machine.processes.count - 1].most = room - 20 * mebibyte
    machine.run(40 * second)
    #expect(machine.kills.isEmpty)
    #expect(machine.politeSignals.isEmpty)
    #expect(machine.events.count == 1)
    guard case .lossUnexplained(let lost, let explained)? = machine.events.first else {
      Issue.record("\(machine.events)")
      return
    }
    #expect(explained < lost / PolicyConstants.explainedShare)
    #expect(machine.lowestHeadroom < LineExplanation(sizeBytes: machine.total).emergencyBytes)
  }

  @Test func `with a thrash the holder dies, though headroom never is low`() {
    var machine = simulation(16 * gibibyte, PolicySettings(), hog(0, size: 9 * gibibyte))
    // All but an eighth of a GiB of what the processes leave is in use by files, and it is not enough for them.
    machine.inactiveFile = machine.free - machine.watermark - gibibyte / 8
    machine.hotFile = machine.inactiveFile + gibibyte
    machine.run(10 * second)
    #expect(machine.kills.first?.pid == hogPID)
    #expect(machine.kills.first?.rule == .thrash)
    #expect(machine.lowestHeadroom > LineExplanation(sizeBytes: machine.total).capBytes)
  }
}

@Suite struct `Nobody dies` {
  @Test func `when a big file is copied`() {
    var machine = simulation()
    machine.copyRate = 2 * gibibyte
    machine.run(60 * second)
    #expect(machine.kills.isEmpty)
    #expect(machine.inactiveFile > 8 * gibibyte)
  }

  @Test(arguments: [gibibyte, 5 * gibibyte, 10 * gibibyte])
  func `when a spike ends at 97 % of memory`(rate: UInt64) {
    let total = 16 * gibibyte
    var machine = simulation(total, PolicySettings(), hog(rate))
    machine.processes[machine.processes.count - 1].most = machine.free - machine.watermark - total * 3 / 100
    machine.run(60 * second)
    #expect(machine.kills.isEmpty)
    #expect(machine.politeSignals.isEmpty)
    #expect(machine.lowestHeadroom <= total * 3 / 100 + mebibyte)
  }

  @Test func `on a machine that is full and stays so`() {
    var machine = simulation()
    let room = machine.free - machine.watermark - 200 * mebibyte
    machine.processes.append(hog(0, size: room))
    machine.run(20 * second)
    #expect(machine.kills.isEmpty)
    #expect(machine.politeSignals.isEmpty)
    #expect(machine.looks > 20)
  }

  @Test func `on a calm machine, which is looked at every 5 s`() {
    var settings = PolicySettings()
    settings.fillCeilingBytesPerSecond = gibibyte
    var machine = simulation(16 * gibibyte, settings)
    machine.run(100 * second)
    #expect(machine.looks <= 21)
    #expect(machine.kills.isEmpty)
  }
}
