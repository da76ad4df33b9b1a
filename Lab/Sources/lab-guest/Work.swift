import CLabGuest
import Glibc
import ScytheLinux

/// What a process of a scenario does. Each is started by itself, in a group of its own, and lives until it is killed
/// unless it says otherwise.
enum Work: String {
  /// Allocates `step` bytes and fills them, again and again, up to `limit`, with a `pause` in microseconds in between.
  /// With `huge=1` it takes huge pages where the kernel gives them, as most programs do. With `percent` it does not
  /// pause as long as more than that is available.
  case hog
  /// Has `bytes`, and uses a sixteenth of them every 0.2 s.
  case bystander
  /// Has `bytes` and does nothing. With `swapped=1` it pushes them out, piece by piece, so that they need not fit.
  case holder
  /// Reads the pages of `file` over and over, with a `pause` in microseconds after each round.
  case reader
  /// Fills `file` up to `limit`, or until there is no room.
  case writer
  /// Copies `file` to `target`, `times` times, and ends.
  case copier
  /// Takes memory until `percent` of it is available, keeps it for `hold` microseconds, gives it back, and ends.
  case spike
  /// Has `bytes`, and makes two of its kind every `pause` microseconds.
  case forker
  /// Measures what a person would feel.
  case probe

  /// Does it, as the process that was started for it.
  static func run(_ words: [String]) -> Never {
    guard let word = words.first, let work = Work(rawValue: word) else { exit(64) }
    let options = WorkOptions(words.dropFirst())
    setName(options.text("name") ?? word)
    if let group = options.text("group") { GuestGroups.enter(group) }
    Text.write("\(options.number("adj"))", to: "/proc/self/oom_score_adj")
    var numbers = SeededNumbers(seed: UInt64(options.number("seed", or: 1)))
    switch work {
    case .hog: hog(options, &numbers)
    case .bystander: bystander(options, &numbers)
    case .holder: holder(options, &numbers)
    case .reader: reader(options)
    case .writer: writer(options)
    case .copier: copier(options)
    case .spike: spike(options, &numbers)
    case .forker: forker(options, &numbers)
    case .probe: Probe.run(options, &numbers)
    }
    exit(0)
  }

  private static func hog(_ options: WorkOptions, _ numbers: inout SeededNumbers) {
    let step = options.number("step", or: 1 << 20)
    let limit = options.number("limit", or: .max)
    let percent = options.number("percent", or: 100)
    var total = 0
    while total < limit {
      guard let memory = Memory(bytes: step, inHugePages: options.number("huge") != 0) else {
        pause(microseconds: 10_000)
        continue
      }
      memory.fill(&numbers)
      total += step
      // The list of all numbers is only read by those that want one of them.
      if percent == 100 || availablePercent() < percent { pause(microseconds: options.number("pause")) }
    }
    sleepForEver()
  }

  /// What the kernel says can be had without swapping.
  private static func availablePercent() -> Int {
    guard let memory = try? Procfs().memoryInformation() else { return 0 }
    return Int(memory.availableBytes * 100 / memory.totalBytes)
  }

  private static func bystander(_ options: WorkOptions, _ numbers: inout SeededNumbers) {
    guard let memory = Memory(bytes: options.number("bytes")) else { exit(71) }
    memory.fill(&numbers)
    while true {
      pause(microseconds: 200_000)
      memory.touch(from: numbers.next(below: 16), step: 16)
    }
  }

  private static func holder(_ options: WorkOptions, _ numbers: inout SeededNumbers) {
    let bytes = options.number("bytes")
    guard let memory = Memory(bytes: bytes) else { exit(71) }
    let piece = options.number("swapped") == 0 ? bytes : 8 << 20
    let adviceToPageOut: CInt = 21
    for offset in stride(from: 0, to: bytes, by: piece) {
      memory.fill(from: offset, count: piece, &numbers)
      if piece < bytes { _ = unsafe madvise(memory.start + offset, min(piece, bytes - offset), adviceToPageOut) }
    }
    sleepForEver()
  }

  private static func reader(_ options: WorkOptions) {
    let file = unsafe open(options.text("file") ?? "", O_RDONLY)
    let bytes = Int(lseek(file, 0, SEEK_END))
    guard file >= 0, let start = unsafe mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), unsafe start != MAP_FAILED
    else { exit(71) }
    let pages = unsafe start.assumingMemoryBound(to: UInt8.self)
    while true {
      for page in stride(from: 0, to: bytes, by: Memory.pageBytes) { unsafe sink &+= pages[page] }
      pause(microseconds: options.number("pause"))
    }
  }

  private static func writer(_ options: WorkOptions) {
    let file = unsafe open(options.text("file") ?? "", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let block = [UInt8](repeating: 0x5c, count: 1 << 20)
    var total = 0
    while file >= 0, total < options.number("limit", or: .max) {
      let count = unsafe write(file, block, block.count)
      if count <= 0 { break }
      total += count
      pause(microseconds: options.number("pause"))
    }
    sleepForEver()
  }

  private static func copier(_ options: WorkOptions) {
    var block = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<options.number("times", or: 1) {
      let source = unsafe open(options.text("file") ?? "", O_RDONLY)
      let target = unsafe open(options.text("target") ?? "", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      guard source >= 0, target >= 0 else { exit(71) }
      while true {
        let count = unsafe read(source, &block, block.count)
        guard count > 0 else { break }
        guard unsafe write(target, block, count) == count else { exit(71) }
      }
      close(source)
      close(target)
    }
  }

  private static func spike(_ options: WorkOptions, _ numbers: inout SeededNumbers) {
    let least = options.number("percent")
    var pieces: [Memory] = []
    while availablePercent() > least, let memory = Memory(bytes: 2 << 20) {
      memory.fill(&numbers)
      pieces.append(memory)
    }
    pause(microseconds: options.number("hold"))
    for memory in pieces { memory.free() }
  }

  private static func forker(_ options: WorkOptions, _ numbers: inout SeededNumbers) {
    // Each gets some memory of its own, and then two more of its kind.
    while true {
      if let memory = Memory(bytes: options.number("bytes")) { memory.fill(&numbers) }
      var children = 0
      while children < 2 {
        pause(microseconds: options.number("pause"))
        let pid = labguest_fork()
        // A full group is no reason to stop.
        if pid < 0 { continue }
        children += 1
        if pid == 0 { break }
      }
      if children == 2 { sleepForEver() }
    }
  }

  private static func sleepForEver() -> Never {
    while true { pause(microseconds: 1_000_000) }
  }
}

/// Names this process for the kernel's lists, which is what killers see.
func setName(_ name: String) { _ = unsafe name.withCString { unsafe labguest_set_name($0) } }
