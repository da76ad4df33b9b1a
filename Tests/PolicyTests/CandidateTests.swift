import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `A row of the table` {
  @Test func `takes 64 bytes, so that 4,096 of them fit into the daemon's locked memory`() {
    #expect(MemoryLayout<Candidate>.stride == 64)
  }

  @Test func `keeps its sizes to the KiB, and shows the most that it can hold of one that is larger`() {
    var row = Candidate()
    row.anonymousBytes = 5 << 30 | 1023
    row.swapBytes = .max
    row.sharedBytes = 3 << 20
    row.growthBytesPerSecond = 10 << 30
    #expect(row.anonymousBytes == 5 << 30)
    #expect(row.swapBytes == UInt64(UInt32.max) << 10)
    #expect(row.sharedBytes == 3 << 20)
    #expect(row.growthBytesPerSecond == 10 << 30)
    #expect(row.releasableBytes == 5 << 30 + UInt64(UInt32.max) << 10)
  }
}

@Suite struct `A set of classes` {
  @Test func `contains what was put into it and nothing else`() {
    var classes = ProcessClasses.dying
    classes.insert(.kernelVictim)
    #expect(classes.contains(.dying | .kernelVictim))
    #expect(!classes.contains(.dying | .scythe))
    #expect(classes.intersects(.dying | .scythe))
    #expect(!classes.intersects(.avoided))
  }
}
