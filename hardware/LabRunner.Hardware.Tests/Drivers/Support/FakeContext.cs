using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>A slot's context with the facts and resources that a test gives it.</summary>
internal sealed class FakeContext(LabClock clock) : IDriverContext
{
    public FakeContext(double scale = 1)
        : this(LabClock.Start(scale))
    {
    }

    private readonly Dictionary<string, string> _facts = new() { ["slot"] = "p1", ["http"] = "127.0.0.1:80", ["host"] = "127.0.0.1", ["port"] = "80" };
    private readonly List<(string Name, object Resource)> _resources = [];

    public string Place => "slot p1";

    public LabClock Clock => clock;

    public IReadOnlyDictionary<string, string> Facts => _facts;

    public FakeContext Fact(string name, string value)
    {
        _facts[name] = value;
        return this;
    }

    public FakeContext With(string name, object resource)
    {
        _resources.Add((name, resource));
        return this;
    }

    public T Resource<T>(string name)
        where T : class =>
        _resources.Where(entry => entry.Name == name).Select(entry => entry.Resource).OfType<T>().FirstOrDefault()
        ?? throw new BenchFaultException(FaultKind.Configuration, Place, $"no resource '{name}' offers {typeof(T).Name}", "Declare it under resources");
}
