using System.Reflection;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Tests.Conformance;

/// <summary>What every driver's class must look like, so that the inventory can build it. Enumerates the assembly: no list to keep.</summary>
public sealed class CatalogueConformance
{
    private static readonly Dictionary<string, Type> ContractTypes = new()
    {
        [Contracts.Power] = typeof(IPowerSwitch), [Contracts.BootStrap] = typeof(IStrap), [Contracts.Reset] = typeof(IStrap), [Contracts.Button] = typeof(IButton),
        [Contracts.RelaySense] = typeof(IRelaySense), [Contracts.Console] = typeof(IConsolePort), [Contracts.Pulses] = typeof(IPulseSource),
        [Contracts.Rail] = typeof(IRailMonitor), [Contracts.Ping] = typeof(IEchoProbe), [Contracts.GpioChip] = typeof(IGpioChip), [Contracts.PwmChip] = typeof(IPwmChip),
        [Contracts.I2cBus] = typeof(II2cBus), [Contracts.PulseBox] = typeof(IPulseBox), [Contracts.Scpi] = typeof(IScpiInstrument), [Contracts.Led] = typeof(IRelaySense), [Contracts.EStop] = typeof(IRelaySense),
        [Contracts.Lid] = typeof(IRelaySense), [Contracts.Temperature] = typeof(ITemperatureSensor), [Contracts.Meter] = typeof(IReferenceMeter),
        [Contracts.PulseCounter] = typeof(IPulseCounter),
        [Contracts.Network] = typeof(INetworkActuator), [Contracts.Heartbeat] = typeof(IHeartbeat),
    };

    private static IEnumerable<TestCaseData> Drivers() =>
        from type in typeof(NativeTty).Assembly.GetTypes()
        from driver in type.GetCustomAttributes<DriverAttribute>()
        select new TestCaseData(type, driver.Contract).SetArgDisplayNames($"{driver.Contract}/{driver.Word}");

    [TestCaseSource(nameof(Drivers))]
    public void Driver_ItsClass_FulfilsItsContractAndHasTheOneConstructor(Type type, string contract)
    {
        ConstructorInfo[] constructors = type.GetConstructors();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ContractTypes[contract].IsAssignableFrom(type), $"implements {ContractTypes[contract].Name}");
            Assert.That(type is { IsPublic: true, IsSealed: true }, "public and sealed");
            Assert.That(constructors, Has.Length.EqualTo(1));
            Assert.That(constructors[0].GetParameters().Select(parameter => parameter.ParameterType).Last(), Is.EqualTo(typeof(IDriverContext)));
        }
    }

    [TestCaseSource(nameof(Drivers))]
    public void Driver_ItsOptions_AreDescribedAndOfKnownTypes(Type type, string contract)
    {
        Type options = type.GetConstructors()[0].GetParameters()[0].ParameterType;
        using (Assert.EnterMultipleScope())
        {
            foreach (PropertyInfo property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                Type plain = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                Assert.That(property.GetCustomAttribute<System.ComponentModel.DescriptionAttribute>()?.Description, Is.Not.Null.And.Not.Empty, $"{contract}: {property.Name} is described");
                Assert.That(
                    plain.IsEnum || new[] { typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double), typeof(TimeSpan), typeof(LineId), typeof(string[]) }.Contains(plain),
                    $"{contract}: {property.Name} is a {plain.Name}");
            }
        }
    }

    [Test]
    public void Words_OfOneContract_AreUnique() =>
        Assert.That(
            typeof(NativeTty).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<DriverAttribute>()).Select(driver => $"{driver.Contract}/{driver.Word}"),
            Is.Unique.And.Not.Empty);
}
