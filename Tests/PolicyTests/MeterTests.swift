import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `The fill meter` {
  private func fill(_ levels: [UInt64], every nanoseconds: UInt64 = 10 * millisecond) -> UInt64 {
    var meter = FillMeter()
    for (index, level) in levels.enumerated() { meter.take(levelBytes: level, at: UInt64(index) * nanoseconds) }
    return meter.bytesPerSecond
  }

  @Test func `knows nothing before four samples, which make two estimates of three`() {
    #expect(PolicyConstants.samplesPerEstimate == 3)
    #expect(fill([400, 300, 200].map { $0 * mebibyte }) == 0)
    #expect(fill([400, 300, 200, 100].map { $0 * mebibyte }) == 100 * mebibyte * 100)
  }

  @Test func `takes the lower of the two estimates`() {
    #expect(fill([400, 400, 400, 0].map { $0 * mebibyte }) == 0)
    #expect(fill([400, 390, 300, 200].map { $0 * mebibyte }) == 50 * mebibyte * 100)
    #expect(fill([400, 300, 200, 190].map { $0 * mebibyte }) == 55 * mebibyte * 100)
  }

  @Test func `is 0 while memory is given back`() {
    #expect(fill([100, 200, 300, 400].map { $0 * mebibyte }) == 0)
  }

  @Test func `goes by the last four samples`() {
    #expect(fill([900, 100, 100, 100, 100].map { $0 * mebibyte }) == 0)
  }

  @Test func `of a steady fill knows it of a program that takes memory in bursts`() {
    var quick = FillMeter()
    var steady = FillMeter(spacingNanoseconds: PolicyConstants.steadySpacingNanoseconds)
    // 20 MiB in 10 ms, and then nothing for 30 ms; seen every 10 ms.
    for step in 0..<40 {
      let level = gibibyte - UInt64((step + 3) / 4) * 20 * mebibyte
      quick.take(levelBytes: level, at: UInt64(step) * 10 * millisecond)
      steady.take(levelBytes: level, at: UInt64(step) * 10 * millisecond)
    }
    #expect(quick.bytesPerSecond == 0)
    #expect((400 * mebibyte...600 * mebibyte).contains(steady.bytesPerSecond))
  }

  @Test func `does not take samples that are too close`() {
    #expect(fill([400, 300, 200, 100], every: PolicyConstants.leastSpacingNanoseconds - 1) == 0)
    #expect(fill([400, 300, 200, 100], every: PolicyConstants.leastSpacingNanoseconds) > 0)
  }
}

@Suite struct `The paging meter` {
  private func reading(at nanoseconds: UInt64, full: UInt64 = 0, refaults: UInt64 = 0) -> PagingMeter.Reading {
    var reading = PagingMeter.Reading()
    reading.stallNanoseconds = nanoseconds
    reading.fullMicroseconds = full
    reading.pagesNanoseconds = nanoseconds
    reading.pages.fileRefaultBytes = refaults
    reading.pages.anonymousRefaultBytes = refaults / 2
    reading.pages.swapOutBytes = refaults * 2
    return reading
  }

  @Test func `makes shares and rates over a second at least`() {
    var meter = PagingMeter()
    meter.take(reading(at: 0))
    meter.take(reading(at: second / 2, full: 500_000))
    #expect(meter.fullBasisPoints == 0)
    meter.take(reading(at: second, full: 500_000, refaults: 100 * mebibyte))
    #expect(meter.fullBasisPoints == 5000)
    #expect(meter.fileRefaultsPerSecond == 100 * mebibyte)
    #expect(meter.anonymousRefaultsPerSecond == 50 * mebibyte)
    #expect(meter.swapOutBytesPerSecond == 200 * mebibyte)
  }

  @Test func `forgets what is two seconds old`() {
    var meter = PagingMeter()
    for tenth in 0...10 { meter.take(reading(at: UInt64(tenth) * second / 10, full: UInt64(tenth) * 100_000)) }
    #expect(meter.fullBasisPoints == 10_000)
    for tenth in 11...30 { meter.take(reading(at: UInt64(tenth) * second / 10, full: 1_000_000)) }
    #expect(meter.fullBasisPoints == 0)
  }

  @Test func `goes by the times of the counters, not of the samples that carry them`() {
    var meter = PagingMeter()
    var sample = SystemSample.machine(free: gibibyte, at: 10 * second)
    sample.pressure = PressureTotals()
    meter.take(PagingMeter.Reading(sample))
    // Read once, 2 s later: half of that was stalled, and 100 MiB/s came back.
    sample = sample.later(2 * second)
    sample.pressure?.fullMicroseconds = 1_000_000
    sample.paging.fileRefaultBytes = 200 * mebibyte
    meter.take(PagingMeter.Reading(sample))
    for age in [second, 5 * second, 25 * second] {
      var later = sample.later(age)
      later.pressureAgeNanoseconds = age
      later.pagingAgeNanoseconds = age
      meter.take(PagingMeter.Reading(later))
      #expect(meter.fullBasisPoints == 5000 && meter.fileRefaultsPerSecond == 100 * mebibyte)
    }
    // Stalls that are a second older than the pages beside them.
    sample = sample.later(26 * second)
    sample.pressureAgeNanoseconds = second
    sample.pressure?.fullMicroseconds += 2_500_000
    sample.paging.fileRefaultBytes += 260 * mebibyte
    meter.take(PagingMeter.Reading(sample))
    #expect(meter.fullBasisPoints == 1000 && meter.fileRefaultsPerSecond == 10 * mebibyte)
  }

  @Test func `has no rate from counters that are older than the last`() {
    var meter = PagingMeter()
    meter.take(reading(at: 10 * second))
    meter.take(reading(at: 12 * second, full: 1_000_000, refaults: 200 * mebibyte))
    meter.take(reading(at: 11 * second, full: 9_000_000, refaults: gibibyte))
    meter.take(reading(at: 12 * second, full: 9_000_000, refaults: gibibyte))
    #expect(meter.fullBasisPoints == 5000 && meter.fileRefaultsPerSecond == 100 * mebibyte)
  }

  @Test func `of a container does not go by the stalls of its machine`() {
    var meter = PagingMeter()
    var sample = SystemSample.machine(free: gibibyte, at: 10 * second)
    sample.pressure = PressureTotals()
    sample.container = GroupSample()
    meter.take(PagingMeter.Reading(sample))
    sample = sample.later(2 * second)
    sample.pressure?.fullMicroseconds = 1_000_000
    sample.container?.readNanoseconds = 12 * second
    meter.take(PagingMeter.Reading(sample))
    #expect(meter.fullBasisPoints == 0)
  }

  @Test func `goes by a group's own clock`() {
    var meter = PagingMeter()
    var group = GroupSample()
    group.pressure = PressureTotals()
    meter.take(PagingMeter.Reading(group.read(at: second)))
    group.pressure?.fullMicroseconds = 500_000
    group.fileRefaultBytes = 30 * mebibyte
    meter.take(PagingMeter.Reading(group.read(at: 3 * second)))
    #expect(meter.fullBasisPoints == 2500 && meter.fileRefaultsPerSecond == 15 * mebibyte)
  }

  @Test func `takes counters that go backwards for standing still`() {
    var meter = PagingMeter()
    meter.take(reading(at: 0, full: .max, refaults: 1 << 60))
    meter.take(reading(at: 2 * second))
    #expect(meter.fullBasisPoints == 0)
    #expect(meter.fileRefaultsPerSecond == 0)
  }

  @Test func `compares refaults with what is kept, files and anonymous memory apart`() {
    var meter = PagingMeter()
    meter.take(reading(at: 0))
    meter.take(reading(at: second, refaults: 100 * mebibyte))
    #expect(
      meter.refaultBasisPoints(fileBytes: 1000 * mebibyte, anonymousBytes: 8 * gibibyte, sizeBytes: gibibyte) == 1000)
    #expect(
      meter.refaultBasisPoints(fileBytes: 8 * gibibyte, anonymousBytes: 100 * mebibyte, sizeBytes: gibibyte) == 5000)
    // Of nearly nothing there is no share.
    #expect(
      meter.refaultBasisPoints(fileBytes: 1, anonymousBytes: 1, sizeBytes: 64 * 200 * mebibyte) == 5000)
  }
}

@Suite struct `The clocks of samples` {
  private func sample(_ monotonic: UInt64, _ boot: UInt64) -> SystemSample {
    var sample = SystemSample()
    sample.monotonicNanoseconds = monotonic
    sample.bootNanoseconds = boot
    return sample
  }

  @Test func `go on, jump, or begin anew`() {
    var clock = SampleClock()
    #expect(clock.take(sample(100 * second, 900 * second)) == .steady)
    #expect(clock.take(sample(105 * second, 905 * second)) == .steady)
    #expect(clock.take(sample(105 * second, 905 * second)) == .steady)
    // Suspended for a minute.
    #expect(clock.take(sample(106 * second, 966 * second)) == .jumped)
    #expect(clock.take(sample(107 * second, 967 * second)) == .steady)
    // Stopped.
    let gap = PolicyConstants.longestGapNanoseconds
    #expect(clock.take(sample(107 * second + gap, 967 * second + gap)) == .steady)
    #expect(clock.take(sample(108 * second + 2 * gap, 968 * second + 2 * gap)) == .jumped)
    #expect(clock.take(sample(1 * second, 968 * second + 2 * gap)) == .restarted)
  }
}

@Suite struct `The growth of a victim` {
  @Test func `is the most of the last second, of that one alone`() {
    var growth = VictimGrowth()
    let first = ProcessIdentity(PID(10), 100)
    #expect(growth.take(500, of: first, at: second) == 500)
    #expect(growth.take(0, of: first, at: 2 * second) == 500)
    #expect(growth.take(0, of: first, at: 2 * second + 1) == 0)
    #expect(growth.take(700, of: first, at: 3 * second) == 700)
    #expect(growth.take(3, of: ProcessIdentity(PID(10), 101), at: 3 * second) == 3)
  }
}
