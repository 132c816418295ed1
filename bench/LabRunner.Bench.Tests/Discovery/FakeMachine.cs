using LabRunner.Bench.Hosting.Discovery;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>A machine made of a folder of files and links, and of prepared answers to what files do not tell.</summary>
internal sealed class FakeMachine : IMachine, IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"labrunner-machine-{Guid.NewGuid():N}");

    public FakeMachine()
    {
        Directory.CreateDirectory(_root);
        Files = new MachineFiles(_root);
        File("/proc/self/status", "Name:\tlabrunner\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t1000 \nCapEff:\t0000000000000000");
        File("/etc/group", "root:x:0:\ndialout:x:20:\ni2c:x:994:\ngpio:x:997:\npi:x:1000:");
        File("/proc/sys/net/ipv4/ping_group_range", "0\t2147483647");
        File("/usr/bin/setsid", "");
        File("/usr/bin/sh", "");
    }

    public MachineFiles Files { get; }

    public Dictionary<string, GpioChipAnswer> Chips { get; } = [];

    public Dictionary<string, NodeOwner> Owners { get; } = [];

    public Dictionary<string, ProgramAnswer> Programs { get; } = [];

    public Dictionary<int, int[]> I2cAnswers { get; } = [];

    public List<int> Probed { get; } = [];

    public List<string> Ran { get; } = [];

    public bool? Synchronised { get; set; } = true;

    public DiskRoom Disk { get; set; } = new(50L << 30, 1_000_000, false, "8:1");

    public bool Loopback { get; set; } = true;

    public HashSet<string> Listening { get; } = [];

    /// <summary>Groups of the user that asks, beside its own.</summary>
    public FakeMachine Groups(params uint[] groups)
    {
        File("/proc/self/status", $"Name:\tlabrunner\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t{string.Join(' ', groups)} 1000 \nCapEff:\t0000000000000000");
        return this;
    }

    public FakeMachine Root()
    {
        File("/proc/self/status", "Name:\tlabrunner\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0 \nCapEff:\t000001ffffffffff");
        return this;
    }

    public FakeMachine File(string path, string text)
    {
        string file = _root + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, text + "\n");
        return this;
    }

    public FakeMachine Folder(string path)
    {
        Directory.CreateDirectory(_root + path);
        return this;
    }

    public FakeMachine Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        System.IO.File.CreateSymbolicLink(_root + path, target);
        return this;
    }

    /// <summary>A node of /dev with its rights.</summary>
    public FakeMachine Node(string path, uint group, uint mode = 0x1B0)
    {
        Owners[path] = new(0, group, mode);
        return File(path, "");
    }

    public GpioChipAnswer AskGpioChip(string path) => Owners[path] is var owner && !UserRights.Read(Files).MayUse(owner)
        ? throw new IOException($"{path}: Permission denied (errno 13)")
        : Chips.GetValueOrDefault(path) ?? throw new IOException($"{path} is no GPIO chip: Inappropriate ioctl for device (errno 25)");

    public NodeOwner? Owner(string path) => Owners.TryGetValue(path, out NodeOwner owner) ? owner : null;

    public DiskRoom? Room(string folder) => Disk;

    public bool? ClockSynchronised() => Synchronised;

    public Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        Ran.Add(string.Join(' ', [program, .. arguments]));
        return Task.FromResult(Programs.GetValueOrDefault(program));
    }

    public Task<bool> ConnectsAsync(string host, int port, CancellationToken cancellationToken) => Task.FromResult(Listening.Contains($"{host}:{port}"));

    public Task<bool> LoopbackWorksAsync(CancellationToken cancellationToken) => Task.FromResult(Loopback);

    public IReadOnlyList<int> ProbeI2c(int bus)
    {
        Probed.Add(bus);
        return I2cAnswers.GetValueOrDefault(bus, []);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
