import Foundation
import ScytheLinux
import ScytheTelemetry
import Synchronization
import TestSupport
import Testing

/// Why a page is not made; `nil` if it is.
private func whyNotMade(_ folder: TelemetryFolder) -> StatusPageError? {
  do throws(StatusPageError) {
    _ = try StatusPage(in: folder.path, boot: thisBoot)
    return nil
  } catch {
    return error
  }
}

/// The content of a page with a snapshot and two records.
private func content(of folder: TelemetryFolder) throws -> [UInt8] {
  var page = try StatusPage(in: folder.path, boot: thisBoot)
  var snapshot = StatusSnapshot()
  snapshot.pid = PID(77)
  snapshot.setMode(.watches)
  page.publish(snapshot)
  page.enter(record(1))
  page.enter(record(2))
  return try folder.read("status")
}

@Suite struct `A status page` {
  @Test func `says what was published, and that its daemon lives`() throws {
    let folder = try TelemetryFolder()
    var page = try StatusPage(in: folder.path, boot: thisBoot)
    #expect(refusal(folder.path(of: "status")) == .unwritten)
    var snapshot = StatusSnapshot()
    snapshot.pid = PID(4711)
    snapshot.setMode(.observes)
    snapshot.setProfile(.server)
    snapshot.headroomBytes = 5 << 30
    snapshot.containerBytes = nil
    snapshot.timeLeftNanoseconds = 12
    snapshot.setRule(nil)
    snapshot.setRestraint(.enough)
    snapshot.setVictimName(ProcessName(Array("worst".utf8).span))
    snapshot.candidateCount = 2
    var candidate = StatusCandidate()
    candidate.pid = PID(99)
    candidate.scoreAdjustment = -17
    candidate.name = ProcessName(Array("second (of) two".utf8).span)
    candidate.bytes = 3 << 20
    candidate.points = -3
    snapshot.setCandidate(candidate, at: 1)
    page.publish(snapshot)
    do {
      let report = try StatusReport(folder.path(of: "status"), boot: thisBoot)
      let read = report.snapshot
      let isAlive = report.isAlive
      #expect(isAlive)
      #expect(read.pid == PID(4711) && read.mode == .observes && read.profile == .server)
      #expect(read.headroomBytes == 5 << 30 && read.containerBytes == nil && read.timeLeftNanoseconds == 12)
      #expect(read.rule == nil && read.restraint == .enough && read.candidateCount == 2)
      #expect(read.victimName == snapshot.victimName)
      let second = read.candidate(at: 1)
      #expect(second.pid == PID(99) && second.scoreAdjustment == -17 && second.name == candidate.name)
      #expect(second.bytes == 3 << 20 && second.points == -3)
    }
    _ = consume page
    let isAlive = try StatusReport(folder.path(of: "status"), boot: thisBoot).isAlive
    #expect(!isAlive)
  }

  @Test func `keeps the last sixteen records, the oldest first`() throws {
    let folder = try TelemetryFolder()
    var page = try StatusPage(in: folder.path, boot: thisBoot)
    page.publish(StatusSnapshot())
    for number in 1...20 as ClosedRange<UInt64> {
      let entered = page.enter(record(number))
      #expect(entered == number)
    }
    let found = ([0, 4, 5, 20, 21] as [UInt64]).map { page.record($0)?.pid.rawValue }
    #expect(found == [nil, nil, 5, 20, nil])
    let report = try StatusReport(folder.path(of: "status"), boot: thisBoot)
    var numbers: [UInt64] = []
    report.forEachRecord { record in
      numbers.append(record.sequence)
      #expect(record.pid.rawValue == Int32(record.sequence) && record.boot == thisBoot)
    }
    #expect(numbers == Array(5...20))
  }

  @Test func `that is cut short at any byte is refused`() throws {
    let folder = try TelemetryFolder()
    let bytes = try content(of: folder)
    #expect(refusal(folder.path(of: "status")) == nil)
    for length in 0..<bytes.count {
      try folder.write(bytes[..<length], to: "cut")
      #expect(refusal(folder.path(of: "cut")) == .truncated, "\(length)")
    }
  }

  @Test func `is refused for every bit of what it says of itself that is another`() throws {
    let folder = try TelemetryFolder()
    let bytes = try content(of: folder)
    let ownWords = Array(0..<24) + Array(bytes.count - 16..<bytes.count)
    for place in ownWords {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(bit)
        try folder.write(flipped, to: "flipped")
        #expect(refusal(folder.path(of: "flipped")) != nil, "byte \(place), bit \(bit)")
      }
    }
  }

  @Test func `of another kind, version or boot is told from one that is torn`() throws {
    let folder = try TelemetryFolder()
    var bytes = try content(of: folder)
    #expect(refusal(folder.path(of: "status"), boot: anotherBoot) == .otherBoot)
    bytes[24] |= 1
    try folder.write(bytes, to: "torn")
    #expect(refusal(folder.path(of: "torn")) == .unsteady)
    bytes[8] = 9
    try folder.write(bytes, to: "new")
    #expect(refusal(folder.path(of: "new")) == .version(9))
    try folder.write(Array("root:x:0:0:root:/root:/bin/sh\n".utf8), to: "foreign")
    #expect(refusal(folder.path(of: "foreign")) == .foreign)
    #expect(refusal(folder.path(of: "nothing")) == .kernel(.noSuchFileOrDirectory))
    #expect(unsafe mkfifo(folder.url.appendingPathComponent("pipe").path, 0o600) == 0)
    #expect(refusal(folder.path(of: "pipe")) == .kernel(.invalidArgument))
    #expect(refusal(folder.path) == .kernel(.invalidArgument))
  }

  @Test func `has one writer, which a second one is told of`() throws {
    let folder = try TelemetryFolder()
    var first = try StatusPage(in: folder.path, boot: thisBoot)
    var snapshot = StatusSnapshot()
    snapshot.pid = PID(4711)
    snapshot.setMode(.watches)
    first.publish(snapshot)
    first.enter(record(1))
    #expect(whyNotMade(folder) == .owned(by: PID(4711), .watches))
    let isKept = first.record(1) != nil
    #expect(refusal(folder.path(of: "status")) == nil && isKept)
  }

  @Test func `is taken over from a daemon that died in the middle, with its records`() throws {
    let folder = try TelemetryFolder()
    var bytes = try content(of: folder)
    bytes[24] |= 1
    try folder.write(bytes, to: "status")
    var page = try StatusPage(in: folder.path, boot: thisBoot)
    #expect(refusal(folder.path(of: "status")) == .unwritten)
    let (last, isKept) = (page.lastSequence, page.record(1) != nil)
    #expect(last == 2 && isKept)
    page.publish(StatusSnapshot())
    let entered = page.enter(record(3))
    #expect(entered == 3)
    #expect(refusal(folder.path(of: "status")) == nil)
  }

  @Test func `of another boot is begun anew`() throws {
    let folder = try TelemetryFolder()
    _ = try content(of: folder)
    let page = try StatusPage(in: folder.path, boot: anotherBoot)
    let (last, isKept) = (page.lastSequence, page.record(1) != nil)
    #expect(last == 0 && !isKept)
  }

  @Test func `is made neither of a file of somebody else nor on a disk`() throws {
    let folder = try TelemetryFolder()
    let letter = Array("a letter, which nobody has a copy of".utf8)
    try folder.write(letter, to: "status")
    #expect(whyNotMade(folder) == .foreign)
    #expect(try folder.read("status") == letter)
    let disk = try TelemetryFolder(isOnDisk: true)
    let isInMemory = try FileDescriptor(disk.path, .directory).isInMemory()
    #expect(whyNotMade(disk) == (isInMemory ? nil : .notInMemory))
    #expect(isInMemory == FileManager.default.fileExists(atPath: disk.url.appendingPathComponent("status").path))
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("status"))
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("status"), withDestinationURL: disk.url.appendingPathComponent("target"))
    #expect(whyNotMade(folder) == .kernel(Errno(rawValue: ELOOP)))
  }

  @Test func `is never read torn while it is written as fast as can be`() throws {
    let folder = try TelemetryFolder()
    let path = folder.path(of: "status")
    var page = try StatusPage(in: folder.path, boot: thisBoot)
    page.publish(StatusSnapshot())
    let writer = Writer(page)
    writer.start()
    defer { writer.stop() }
    var seen = Set<UInt64>()
    var torn = 0
    for _ in 0..<1000 {
      do throws(StatusReadError) {
        let report = try StatusReport(path, boot: thisBoot)
        let snapshot = report.snapshot
        let number = snapshot.headroomBytes
        if !(0..<112).allSatisfy({ snapshot.block[$0] == number }) { torn += 1 }
        var last: UInt64?
        report.forEachRecord { record in
          if let last, record.sequence != last + 1 { torn += 1 }
          last = record.sequence
        }
        seen.insert(number)
      } catch {
        // A writer that never rests may win two hundred times; what must not be is a page that is torn.
        if error != .unsteady { torn += 1 }
      }
    }
    #expect(torn == 0 && seen.count > 100, "\(torn) torn, \(seen.count) different snapshots")
  }
}

/// A thread that writes a page for as long as it is let.
private final class Writer: @unchecked Sendable {
  // The thread alone uses the page until it says that it has ended.
  private var page: StatusPage
  private let isWanted = Atomic<Bool>(true)
  private let ended = DispatchSemaphore(value: 0)

  init(_ page: consuming StatusPage) { self.page = page }

  func start() {
    Thread.detachNewThread { [self] in
      var number: UInt64 = 0
      while isWanted.load(ordering: .relaxed) {
        number += 1
        var snapshot = StatusSnapshot()
        for index in 0..<112 { snapshot.block[index] = number }
        page.publish(snapshot)
        if number % 4 == 0 { page.enter(record(number)) }
        // Faster than any daemon, and with a moment between two turns.
        if number % 64 == 0 { usleep(1) }
      }
      ended.signal()
    }
  }

  func stop() {
    isWanted.store(false, ordering: .relaxed)
    ended.wait()
  }
}
