using CsCheck;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Tests.Drivers;

public sealed class OpenBekenJsonTests
{
    private const string Status = """
        {"Status":{"Module":0,"Power":1},"StatusPRM":{"RestartReason":"HardwareWatchdog","BootCount":22,"Uptime":999},
        "StatusFWR":{"Version":"OpenBL602_1.18.158","BuildDateTime":"x"},"StatusMEM":{"Heap":25},"StatusMQT":{"MqttHost":"h"},
        "StatusSNS":{"Time":"x","ENERGY":{"Power":99.7,"ApparentPower":100.0,"Voltage":230.1,"Current":0.435,"ConsumptionTotal":12345.6}},
        "StatusSTS":{"UptimeSec":77,"Heap":95,"POWER":"ON","Wifi":{"SSId":"lab: nan","RSSI":96,"Signal":-52}}}
        """;

    private static readonly string[] Bits = ["null", "[]", "{}", "nan", "\"\\ud800\"", "1e999", ":", ","];

    [Test]
    public void Status_Full_RealFieldsOnly() =>
        Assert.That(OpenBekenJson.Status(Status), Is.EqualTo(new PlugStatus(77, 95, -52, true, "OpenBL602_1.18.158", 230.1, 0.435, 99.7, 12345.6)));

    [Test]
    public void Status_NaNAndNoMeter_Null()
    {
        using (Assert.EnterMultipleScope())
        {
            PlugStatus nan = OpenBekenJson.Status(Status.Replace("230.1", "nan").Replace("0.435", "-inf").Replace("99.7", "\"NaN\""));
            Assert.That((nan.Voltage, nan.Current, nan.Power, nan.UptimeSeconds), Is.EqualTo(((double?)null, (double?)null, (double?)null, 77L)));
            Assert.That(OpenBekenJson.Status(Status.Replace("ENERGY", "OTHER")).Voltage, Is.Null);
            Assert.That(OpenBekenJson.Status(Status.Replace("\"POWER\":\"ON\"", "\"POWER1\":\"OFF\"")).PowerOn, Is.False);
        }
    }

    [TestCase("StatusSTS")]
    [TestCase("UptimeSec")]
    [TestCase("Signal")]
    public void Status_FieldMissing_UnreachableNamesIt(string field) =>
        Assert.That(() => OpenBekenJson.Status(Status.Replace(field, "Other")), Throws.TypeOf<PlugUnreachableException>().With.Message.Contains(field));

    [Test]
    public void Pins_Arrays_ByGpio()
    {
        PlugPins pins = OpenBekenJson.Pins("""{"rolenames":["","Rel"],"roles":[0,1,17],"channels":[0,1,0],"states":[0,0,0]}""");
        Assert.That((pins.Roles, pins.Channels), Is.EqualTo((new[] { 0, 1, 17 }, new[] { 0, 1, 0 })));
    }

    [Test]
    public void AllReaders_DamagedJson_ResultOrUnreachable() =>
        Gen.Select(Gen.Int[0, Status.Length], Gen.Int[0, Status.Length], Gen.OneOf(Gen.String, Gen.Int[0, Bits.Length - 1].Select(index => Bits[index]))).Sample((cut, at, garbage) =>
        {
            string json = at % 2 == 0 ? Status[..cut].Insert(Math.Min(at, cut), garbage) : Status.Insert(at, garbage);
            foreach (Func<string, object> read in (Func<string, object>[])[OpenBekenJson.Info, OpenBekenJson.Status, OpenBekenJson.Pins, OpenBekenJson.Channels, text => OpenBekenJson.HasKey(text, "size")])
            {
                try
                {
                    if (read(json) is null)
                    {
                        return false;
                    }
                }
                catch (PlugUnreachableException)
                {
                }
            }

            return true;
        });
}
