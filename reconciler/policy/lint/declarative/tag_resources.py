"""The resource types for which tag policies can enforce values and report missing tags (checked 2026-09-13).

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_supported-resources-enforcement.html

A line is a service and its types. `+`: also ALL_SUPPORTED is enforced and reported, `>`: it is only enforced. A type
with `!` is only enforced and one with `?` only reported.
"""

from __future__ import annotations

ALL_OF_A_SERVICE = "ALL_SUPPORTED"

_TABLE = """
access-analyzer analyzer?
acm + certificate
acm-pca + certificate-authority
airflow environment?
amplify apps?
amplifyuibuilder > app/environment/components!
aoss + collection
apigateway > apikeys! domainnames! restapis!
app-integrations application? data-integration? event-integration?
appconfig application application/configurationprofile application/environment application/environment/deployment!
appconfig deploymentstrategy extension? extensionassociation?
appflow flow?
application-signals slo?
applicationinsights application?
appmesh + mesh mesh/virtualgateway mesh/virtualgateway/gatewayroute mesh/virtualnode mesh/virtualrouter
appmesh mesh/virtualrouter/route mesh/virtualservice
apprunner autoscalingconfiguration? observabilityconfiguration? service? vpcconnector? vpcingressconnection?
appstream app-block? application? fleet? image-builder? stack?
apptest testcase?
aps rulegroupsnamespace? workspace?
athena + capacity-reservation? datacatalog? workgroup
auditmanager + assessment assessmentframework! control!
b2bi capability? partnership? profile? transformer?
backup + backup-plan backup-vault! framework? report-plan? restore-testing-plan?
backup-gateway + gateway! hypervisor vm!
batch + compute-environment? consumable-resource? job! job-definition job-queue scheduling-policy?
bcm-data-exports export?
bedrock agent? agent-alias? application-inference-profile? blueprint? data-automation-project? flow? guardrail?
bedrock knowledge-base? prompt?
budgets budget? budget/action?
bugbust > event!
cassandra keyspace?
catalog + portfolio product!
ce anomalymonitor? anomalysubscription? costcategory?
chime > app-instance! app-instance/channel! app-instance/user! media-pipeline! meeting! sma! vc!
cleanrooms + collaboration! configuredtable membership! membership/configuredtableassociation!
cleanrooms-ml training-dataset?
cloud9 > environment!
cloudformation stack? stackset?
cloudfront + connection-group? distribution streaming-distribution!
cloudtrail + channel? dashboard? eventdatastore? trail
cloudwatch + alarm insight-rule metric-stream
codeartifact domain? repository?
codebuild + project report-group?
codecatalyst > connections!
codecommit + repository
codeconnections connection?
codedeploy application? deploymentconfig?
codeguru-profiler profilinggroup?
codeguru-reviewer + association
codeguru-security > scans!
codepipeline + actiontype pipeline webhook
codestar-connections + connection host! repository-link?
codestar-notifications notificationrule?
cognito-identity + identitypool
cognito-idp + userpool
comprehend + document-classifier entity-recognizer! flywheel?
config + aggregation-authorization config-aggregator config-rule conformance-pack? stored-query?
connect + instance? instance/agent instance/contact-flow instance/evaluation-form? instance/flow-module?
connect instance/integration-association instance/operating-hours? instance/prompt? instance/queue
connect instance/routing-profile instance/rule? instance/security-profile? instance/task-template?
connect instance/transfer-destination phone-number?
connect-campaigns campaign?
cur definition?
databrew dataset? job? project? recipe? ruleset? schedule?
datasync task?
datazone domain?
dax cache?
deadline farm? license-endpoint?
detective graph?
devicefarm instanceprofile? project? testgrid-project?
diode-messaging mapping!
directconnect > dxcon! dxlag! dxvif!
dlm + policy
dms + cert? data-provider? endpoint es instance-profile? migration-project? rep replication-config? subgrp task
dsql cluster?
dynamodb + table
ec2 + capacity-reservation capacity-reservation-fleet carrier-gateway client-vpn-endpoint coip-pool! customer-gateway
ec2 dedicated-host dhcp-options egress-only-internet-gateway elastic-ip export-image-task! export-instance-task! fleet
ec2 fpga-image! host-reservation! image! import-image-task! import-snapshot-task! instance instance-connect-endpoint
ec2 instance-event-window! internet-gateway ipam ipam-external-resource-verification-token! ipam-pool
ec2 ipam-resource-discovery ipam-resource-discovery-association ipam-scope ipv4pool-ec2! key-pair launch-template
ec2 local-gateway-route-table local-gateway-route-table-virtual-interface-group-association
ec2 local-gateway-route-table-vpc-association natgateway network-acl network-insights-access-scope
ec2 network-insights-access-scope-analysis network-insights-analysis network-insights-path network-interface
ec2 placement-group prefix-list replace-root-volume-task! reserved-instances! route-table security-group snapshot!
ec2 spot-fleet-request spot-instances-request! subnet subnet-cidr-reservation! traffic-mirror-filter
ec2 traffic-mirror-filter-rule? traffic-mirror-session traffic-mirror-target transit-gateway
ec2 transit-gateway-attachment transit-gateway-connect-peer transit-gateway-multicast-domain
ec2 transit-gateway-policy-table! transit-gateway-route-table transit-gateway-route-table-announcement!
ec2 verified-access-endpoint verified-access-group verified-access-instance verified-access-trust-provider volume vpc
ec2 vpc-block-public-access-exclusion? vpc-endpoint vpc-endpoint-service vpc-endpoint-service-permission? vpc-flow-log
ec2 vpc-peering-connection vpn-connection vpn-gateway
ecr + repository
ecr-public repository?
ecs + capacity-provider cluster service task-definition task-set
eks + access-entry? addon? cluster fargateprofile? identityproviderconfig? nodegroup? podidentityassociation?
elasticache + cluster parametergroup? replicationgroup? securitygroup? subnetgroup? user? usergroup?
elasticbeanstalk + application applicationversion configurationtemplate environment? platform!
elasticfilesystem + access-point? file-system
elasticloadbalancing listener listener-rule loadbalancer targetgroup truststore?
elasticmapreduce + cluster editor!
emr-containers virtualclusters?
emr-serverless applications
entityresolution + idmappingworkflow? idnamespace? matchingworkflow schemamapping
es > domain!
events + event-bus rule
firehose + deliverystream
fis experiment-template?
forecast dataset? dataset-group?
frauddetector + detector detector-version! entity-type? event-type? label? list? model! outcome? rule! variable
fsx + association? backup! file-system snapshot? storage-virtual-machine? volume?
gamelift alias? build? fleet? gameservergroup? gamesessionqueue? location? matchmakingconfiguration?
gamelift matchmakingruleset? script?
geo api-key? geofence-collection? map? place-index? route-calculator? tracker?
globalaccelerator accelerator attachment?
glue connection? crawler? customentitytype? database? dataqualityruleset? job? mltransform? registry? schema? trigger?
glue usageprofile?
grafana workspaces?
greengrass + bulk! connectorsdefinition coresdefinition devicesdefinition functionsdefinition groups? loggersdefinition
greengrass resourcesdefinition subscriptionsdefinition
groundstation config? dataflow-endpoint-group? mission-profile?
guardduty detector detector/filter detector/ipset detector/threatintelset malware-protection-plan?
healthlake + datastore
iam + instance-profile mfa oidc-provider policy! saml-provider server-certificate
imagebuilder component? container-recipe? distribution-configuration? image? image-pipeline? image-recipe?
imagebuilder infrastructure-configuration? lifecycle-policy? workflow?
inspector2 + filter
internetmonitor + monitor
invoicing invoice-unit?
iot authorizer? billinggroup? cacert? certificateprovider? custommetric? dimension? fleetmetric? jobtemplate?
iot mitigationaction? package? policy? provisioningtemplate? rolealias? rule? scheduledaudit? securityprofile?
iot thinggroup? thingtype?
iotanalytics > channel! dataset! datastore! pipeline!
iotdeviceadvisor suitedefinition?
iotevents > detectormodel! input!
iotfleethub + application
iotfleetwise campaign? decoder-manifest? fleet? model-manifest? signal-catalog? vehicle?
iotsitewise + access-policy? asset asset-model dashboard? dataset? gateway? portal? project?
iotwireless destination? deviceprofile? fuotatask? importtask? multicastgroup? networkanalyzerconfiguration?
iotwireless serviceprofile? sidewalkaccount? wirelessdevice? wirelessgateway? wirelessgatewaytaskdefinition?
ivs channel? encoder-configuration? ingest-configuration? playback-key? playback-restriction-policy? public-key?
ivs recording-configuration? stage? storage-configuration? stream-key?
kafka replicator?
kafkaconnect custom-plugin? worker-configuration?
kendra index? index/data-source?
kendra-ranking rescore-execution-plan?
kinesis stream? stream/consumer?
kinesisanalytics + application
kinesisvideo channel? stream?
kms + key
lambda + code-signing-config? event-source-mapping? function
lex bot? bot-alias?
license-manager grant? license?
lightsail bucket? certificate? containerservice? disk? distribution? domain? instance? loadbalancer? staticip?
logs anomaly-detector? delivery? delivery-destination? delivery-source? destination log-group
lookoutmetrics alert? anomalydetector?
m2 env?
macie2 >
managedblockchain accessors?
mediaconnect entitlement? flow? output? source?
mediaconvert presets? queues?
medialive channelplacementgroup? cloudwatch-alarm-template? cloudwatch-alarm-template-group?
medialive eventbridge-rule-template? eventbridge-rule-template-group? inputsecuritygroup? multiplex? network?
medialive sdisource? signal-map?
mediapackage channels? origin_endpoints?
mediapackage-vod assets? packaging-configurations? packaging-groups?
mediapackagev2 channelGroup/channel? channelGroup/channel/originEndpoint? channelgroup? channelgroup/channel?
mediapackagev2 channelgroup/channel/originendpoint?
mediastore > container!
mediatailor channel? livesource? playbackconfiguration? sourcelocation? vodsource?
medical-imaging datastore?
memorydb acl? cluster? parametergroup? subnetgroup? user?
mobiletargeting apps?
mq + broker configuration
network-firewall + firewall firewall-policy stateful-rulegroup! stateless-rulegroup
networkmanager connect-peer? core-network? device? global-network? link? site?
notifications-contacts emailcontact?
oam + link! sink
omics + annotationstore! annotationstore/version! referencestore referencestore/reference! run! rungroup sequencestore
omics sequencestore/readset! variantstore! workflow
organizations + account ou policy! resourcepolicy? root!
osis pipeline?
panorama package?
payment-cryptography key?
personalize dataset? dataset-group? solution?
pipes + pipe
profile domains? domains/integrations? domains/object-types?
proton environment-account-connection? environment-template? service-template?
ram + resource-share
rbin + rule
rds + cev? cluster? cluster-endpoint! cluster-pg db? db-proxy db-proxy-endpoint es global-cluster? og pg ri! secgrp
rds subgrp target-group
redshift + cluster eventsubscription hsmclientcertificate! hsmconfiguration! integration? parametergroup snapshot!
redshift snapshotcopygrant! snapshotschedule! subnetgroup
redshift-serverless + namespace workgroup
refactor-spaces environment? environment/application? environment/application/route? environment/application/service?
rekognition collection?
resiliencehub app? resiliency-policy?
resource-groups + group
robomaker robot-application?
route53 + healthcheck? hostedzone
route53-recovery-control cluster? controlpanel? controlpanel/safetyrule?
route53-recovery-readiness cell? readiness-check? recovery-group? resource-set?
route53profiles profile? profile-association?
route53resolver + firewall-domain-list? firewall-rule-group? firewall-rule-group-association? resolver-endpoint
route53resolver resolver-query-log-config? resolver-rule
rum appmonitor?
s3 + accesspoint? bucket storage-lens storage-lens-group
s3express bucket?
sagemaker action! app? app-image-config artifact! cluster? code-repository? context! data-quality-job-definition?
sagemaker domain? endpoint? endpoint-config? experiment! feature-group? flow-definition! human-task-ui! image?
sagemaker inference-component? inference-experiment? mlflow-tracking-server? model? model-bias-job-definition?
sagemaker model-card? model-explainability-job-definition? model-package model-package-group
sagemaker model-quality-job-definition? monitoring-schedule? notebook-instance? notebook-instance-lifecycle-config?
sagemaker pipeline processing-job project space? studio-lifecycle-config? training-job! user-profile? workteam?
scheduler + schedule-group
schemas discoverer? registry? schema?
secretsmanager + secret
securityhub hubv2?
securitylake > data-lake! subscriber!
servicecatalog + applications attribute-groups
servicediscovery service?
ses configuration-set? contact-list? dedicated-ip-pool? identity? mailmanager-archive? mailmanager-ingress-point?
ses mailmanager-rule-set? mailmanager-traffic-policy?
signer signing-profiles?
sms-voice > configuration-set! opt-out-list! phone-number! pool! sender-id!
sns + topic
sqs + queue
ssm + association automation-execution! document maintenancewindow managed-instance! opsitem! parameter? patchbaseline
ssm session!
ssm-contacts > contact!
ssm-incidents replication-set? response-plan?
states + activity statemachine
storagegateway gateway! gateway/volume! share! tape!
synthetics canary? group?
textract > adapters!
timestream database? database/table? scheduled-query?
transfer + agreement? certificate? connector? profile? server user workflow
verifiedpermissions policy-store?
vpc-lattice accesslogsubscription? service? service/listener? service/listener/rule? servicenetwork?
vpc-lattice servicenetworkserviceassociation? servicenetworkvpcassociation? targetgroup?
wellarchitected > workload!
wickr > network!
wisdom + ai-agent? assistant association content! knowledge-base session!
worklink fleet!
workspaces + connectionalias directory! workspace! workspacebundle! workspaceimage! workspaceipgroup! workspacespool?
workspaces-web browsersettings? ipaccesssettings? networksettings? portal? truststore? useraccessloggingsettings?
workspaces-web usersettings?
xray group? sampling-rule?
"""

_EARLIER_TYPES = "apigateway:stages ec2:spot-instance-request ssm:maintenancewindowtask"
"""Types of earlier versions of the page, which policies of that time still have."""
_EARLIER_WILDCARDS = """
    acm appmesh athena cloudfront cloudtrail cloudwatch codebuild codecommit codepipeline cognito-identity cognito-idp
    comprehend config directconnect dms dynamodb elasticfilesystem elasticloadbalancing events firehose fsx iotanalytics
    iotevents kinesisanalytics kms lambda ram redshift resource-groups route53resolver secretsmanager states
    storagegateway workspaces
    """


def _read() -> tuple[frozenset[str], frozenset[str]]:
    enforced, reported = set(), set()
    for line in _TABLE.strip().splitlines():
        service, *types = line.split()
        for each in types:
            name = ALL_OF_A_SERVICE if each in "+>" else each.rstrip("!?")
            if not each.endswith("?"):
                enforced.add(f"{service}:{name}")
            if each != ">" and not each.endswith("!"):
                reported.add(f"{service}:{name}")
    return frozenset(enforced), frozenset(reported)


_enforced, REPORTED = _read()
ENFORCED = _enforced | frozenset(_EARLIER_TYPES.split())
"""What `enforced_for` can name."""
SERVICE_WILDCARDS = frozenset(f"{service}:*" for service in _EARLIER_WILDCARDS.split())
"""The services for which the documentation showed `service:*` before it had ALL_SUPPORTED; for others it is refused."""
