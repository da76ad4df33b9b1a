import Testing

@testable import ScythePolicy

@Suite struct `The lines` {
  @Test(arguments: [
    // Size, reserve, cap.
    (64 * gibibyte, 128 * mebibyte, 64 * gibibyte / 20),
    (16 * gibibyte, 16 * gibibyte / 200, 16 * gibibyte / 20),
    (gibibyte, 32 * mebibyte, 256 * mebibyte),
    (512 * mebibyte, 16 * mebibyte, 128 * mebibyte),
    (64 * mebibyte, 2 * mebibyte, 16 * mebibyte),
  ])
  func `depend on the size of the memory`(size: UInt64, reserve: UInt64, cap: UInt64) {
    let line = LineExplanation(sizeBytes: size)
    #expect(line.reserveBytes == reserve)
    #expect(line.capBytes == cap)
    #expect(line.emergencyBytes == reserve / 2)
    #expect(line.totalBytes == reserve)
  }

  @Test func `of the deadline is what is filled until the memory is back`() {
    var settings = PolicySettings()
    settings.latencyNanoseconds = 7 * millisecond
    settings.lookNanoseconds = 3 * millisecond
    settings.releaseBytesPerSecond = gibibyte
    var line = LineExplanation(sizeBytes: 256 * gibibyte)
    line.setDeadline(
      fill: 4 * gibibyte, victimGrowth: gibibyte, victimBytes: 2 * gibibyte, settings)
    #expect(line.latencyBytes == (4 * gibibyte).over(nanoseconds: 10 * millisecond))
    #expect(line.otherFillBytesPerSecond == 3 * gibibyte)
    // Others fill 2 GiB/s more than comes back, for 2 s.
    #expect(line.releaseBytes == 4 * gibibyte)
    #expect(line.totalBytes == line.latencyBytes + line.releaseBytes + line.reserveBytes)
  }

  @Test func `of the deadline leaves the victim's own fill out, which ends with it`() {
    var line = LineExplanation(sizeBytes: 256 * gibibyte)
    line.setDeadline(
      fill: 8 * gibibyte, victimGrowth: 8 * gibibyte, victimBytes: 64 * gibibyte, PolicySettings())
    #expect(line.releaseBytes == 0)
  }

  @Test func `of the deadline is never above the cap`() {
    var line = LineExplanation(sizeBytes: 16 * gibibyte)
    line.setDeadline(fill: .max, victimGrowth: 0, victimBytes: .max, PolicySettings())
    #expect(line.totalBytes == line.capBytes)
    var settings = PolicySettings()
    settings.releaseBytesPerSecond = 0
    line.setDeadline(fill: 1, victimGrowth: 0, victimBytes: 1, settings)
    #expect(line.totalBytes == line.capBytes)
  }
}
