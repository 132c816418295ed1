using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <content>What the inventory says of it.</content>
public sealed partial class LinuxAccessPoint
{
    /// <summary>Options.</summary>
    public sealed record Options
    {
        /// <summary>Interface of the access point.</summary>
        [Description("Interface of the access point, for example wlan0.")]
        public required string Interface { get; init; }

        /// <summary>Its own channel, to move back to.</summary>
        [Description("Channel the access point has by itself, 1 to 13; without it no suite moves it."), Range(1, 13)]
        public int? Channel { get; init; }

        /// <summary>Its own transmit power, to go back to.</summary>
        [Description("Transmit power the access point has by itself, dBm, 1 to 30; without it no suite weakens it."), Range(1, 30)]
        public int? TxPower { get; init; }

        /// <summary>Name server that answers late questions in the end.</summary>
        [Description("IPv4 address of the name server that is asked, late, for slow names. Default 127.0.0.1, dnsmasq of this machine.")]
        public string NameServer { get; init; } = "127.0.0.1";

        /// <summary>Port of the broker.</summary>
        [Description("TCP port of the broker."), Range(1, 65535)]
        public int BrokerPort { get; init; } = 1883;

        /// <summary>dhcp-hostsfile of dnsmasq that is this bench's alone.</summary>
        [Description("dhcp-hostsfile of dnsmasq, for this bench alone: it is written as a whole.")]
        public string? Hosts { get; init; }

        /// <summary>Where dnsmasq writes its process id.</summary>
        [Description("pid-file of dnsmasq.")]
        public string? Pid { get; init; }

        /// <summary>File with what is on.</summary>
        [Description("File that remembers what is on, also after a crash.")]
        public string State { get; init; } = "/run/labrunner-network.json";

        /// <summary>Program of hostapd.</summary>
        [Description("hostapd_cli.")]
        public string HostapdCli { get; init; } = "hostapd_cli";

        /// <summary>Program that sets the transmit power.</summary>
        [Description("iw.")]
        public string Iw { get; init; } = "iw";

        /// <summary>Program of nftables.</summary>
        [Description("nft.")]
        public string Nft { get; init; } = "nft";

        /// <summary>Program of iproute2.</summary>
        [Description("tc.")]
        public string Tc { get; init; } = "tc";
    }
}
